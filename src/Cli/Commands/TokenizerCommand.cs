using Mllm.Cli.CommandLine;
using Mllm.Runtime.Inputs;

namespace Mllm.Cli.Commands;

internal sealed class TokenizerCommand : CliCommand
{
    private static readonly Option Size = new("--size", "N", "tokens in all, of which 256 are the bytes") { IsRequired = true };
    private static readonly Option Out = new("--out", "PATH", "where tokenizer.json is written") { IsRequired = true };

    public override string Name => "tokenizer";

    public override string Summary => "train a byte-level BPE tokenizer on texts";

    public override string Details => """
        Of a .jsonl file the captions, texts, questions, answers and conversations of its records are read, of any other file
        every line. The result has no special tokens: those that a model names get the ids after the last.
        """;

    public override IReadOnlyList<Operand> Operands => [new("FILE", "texts to learn from", IsRepeated: true)];

    public override IReadOnlyList<Option> Options => [Size, Out];

    public override IReadOnlyList<string> Examples => ["tokenizer data/emoji/captions-train.jsonl --size 1000 --out tokenizer.json"];

    public override int Run(Arguments arguments, Host host)
    {
        var size = arguments.Integer(Size, BpeTrainer.Bytes)!.Value;
        if (size > MostTokens)
            throw arguments.Wrong($"`{Size.Name}` takes at most {MostTokens:N0}, not `{size}`");
        var path = arguments.Text(Out)!;
        TrainedBpe trained;
        List<string> texts = [];
        using (new Progress(host.Terminal, "training the tokenizer"))
        {
            foreach (var file in arguments.Operands)
                texts.AddRange(TrainingTexts.Read(file).TryGet(out var read, out var problem) ? read : throw new Failure(problem));
            trained = BpeTrainer.Train(texts, (int)size, host.Cancellation);
        }
        if (trained.Tokens.Length < size)
            throw new Failure($"these texts give {trained.Tokens.Length} tokens, not {size}: no other pair occurs twice")
            {
                Help = $"give more texts, or `{Size.Name} {trained.Tokens.Length}`",
            };
        try
        {
            trained.Save(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{path} cannot be written: {problem.Message}");
        }
        host.Terminal.Out.Write($"{path}: {trained.Tokens.Length} tokens, {trained.Merges.Length} merges, from {texts.Count} text{(texts.Count == 1 ? "" : "s")}\n");
        return ExitCode.Ok;
    }

    /// <summary>Ids of the vocabularies that this runtime reads fit into 24 bits.</summary>
    private const int MostTokens = 1 << 24;
}
