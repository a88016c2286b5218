using Mllm.Runtime.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Inputs;

public sealed class BpeTrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mllm-bpe-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string[], string[]> ByHand => new()
    {
        // ab occurs 5 times, then " ab" 3 times (the letters of "cab" follow no blank), then " abc" twice; no pair of " cab" does.
        { "most frequent first", ["ab ab abc abc cab"], ["ab", "Ġab", "Ġabc"] },
        { "equal counts in ordinal order", ["ba", "ab", "ba", "ab"], ["ab", "ba"] },
        { "of equal left tokens the right one decides", ["ac", "ab", "ac", "ab"], ["ab", "ac"] },
        { "a run merges from the left", ["aaa", "aaa"], ["aa", "aaa"] },
        { "no merge crosses words", ["a b", "a b"], ["Ġb"] },
        { "bytes beyond ASCII", ["é", "é"], ["Ã©"] },
        { "nothing twice", ["abc"], [] },
        { "nothing at all", [], [] },
    };

    [Theory]
    [MemberData(nameof(ByHand))]
    public void Merges_are_those_computed_by_hand(string what, string[] texts, string[] expected)
    {
        TrainedBpe trained = BpeTrainer.Train(texts, 300);
        Assert.True(trained.Tokens[..256].Distinct().Count() == 256, what);
        Assert.Equal(expected, trained.Tokens[256..]);
        Assert.Equal(expected, trained.Merges.Select(m => trained.Tokens[m.Left] + trained.Tokens[m.Right]));
    }

    [Fact]
    public void Counts_that_are_kept_up_give_the_merges_of_counting_anew()
    {
        var random = new Random(1);
        string[] texts = [.. Enumerable.Range(0, 200).Select(_ => string.Concat(Enumerable.Range(0, 40).Select(_ => "aaabbc  "[random.Next(8)])))];
        TrainedBpe trained = BpeTrainer.Train(texts, 256 + 60);
        Assert.Equal(60, trained.Tokens.Length - 256);
        Assert.Equal(CountedAnew(texts, trained.Merges.Length), trained.Merges.Select(m => (trained.Tokens[m.Left], trained.Tokens[m.Right])));
    }

    [Fact]
    public void The_order_of_the_texts_does_not_matter()
    {
        string[] texts = ["red apple", "green apple", "a red car", "flag of the red kingdom", "the green car"];
        Assert.Equal(BpeTrainer.Train(texts, 290).ToJson(), BpeTrainer.Train(texts.Reverse(), 290).ToJson());
    }

    [Fact]
    public void What_was_trained_is_read_back_and_encodes_with_its_merges()
    {
        string path = Path.Combine(_folder, "tokenizer.json");
        TrainedBpe trained = BpeTrainer.Train(["ab ab abc abc cab", "\"\\"], 300);
        trained.Save(path);
        Assert.Equal(["tokenizer.json"], Directory.GetFiles(_folder).Select(Path.GetFileName));
        TextTokenizer tokenizer = TokenizerLoader.Load(path, [new("<image>"), new("</s>", Role: TokenRole.Eos)]).Value;
        Assert.Equal([256, 258, 257], tokenizer.Encode("ab abc ab", addSpecial: false));
        Assert.Equal(trained.Tokens.Length, tokenizer.TokenToId("<image>"));
        Assert.Equal(trained.Tokens.Length + 1, tokenizer.Special.Eos);
        foreach (string text in new[] { "ab abc", "  two  blanks\n", "ünseen 🍎 \"\\ \u0001", "" })
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, addSpecial: false)));
        }
    }

    [Fact]
    public void The_shipped_tokenizer_has_a_thousand_tokens()
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(Path.Combine(TestFiles.Root, "architectures/weights/tokenizer.json")).Value;
        Assert.Equal(1000, tokenizer.VocabSize);
        Assert.InRange(tokenizer.Encode("What is in this picture?", addSpecial: false).Length, 6, 6);
    }

    [Fact]
    public void Texts_come_from_records_and_lines()
    {
        Assert.Equal(["a cat", "q", "a", "t1", "t2", "x", "What?", "yes", "again"], Read("r.jsonl", """
            {"image":"a.png","caption":"a cat","category":"animals"}
            {"question":"q","answer":"a","texts":["t1","t2"]}

            {"interleaved":[{"image":"b.png","text":"x"},{"image":"c.png","text":" "}]}
            {"conversations":[{"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"yes"}],"messages":[{"role":"user","content":"again"}]}
            """).Value);
        Assert.Equal(["one", "{\"text\":2}"], Read("p.txt", "one\n\n{\"text\":2}\n").Value);
        Assert.Contains("b.jsonl: line 2 is not valid JSON: ", Read("b.jsonl", "{}\n{").Error);
        Assert.EndsWith("c.jsonl: line 1 is not an object", Read("c.jsonl", "[]").Error);
        Assert.EndsWith("no such file", TrainingTexts.Read(Path.Combine(_folder, "nowhere")).Error);
    }

    private InputResult<IReadOnlyList<string>> Read(string name, string content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return TrainingTexts.Read(path);
    }

    /// <summary>Sennrich et al.'s algorithm as it is written down: all pairs are counted again after every merge.</summary>
    private static IEnumerable<(string, string)> CountedAnew(string[] texts, int merges)
    {
        var words = new List<List<string>>();
        foreach (string text in texts)
        {
            PreTokenizers.ByteLevel(addPrefixSpace: false, useRegex: true)(new(text, true), word => words.Add([.. word.Text.Select(c => c.ToString())]));
        }

        for (int i = 0; i < merges; i++)
        {
            (string Left, string Right) best = words.SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key.First, StringComparer.Ordinal).ThenBy(group => group.Key.Second, StringComparer.Ordinal)
                .First().Key;
            yield return best;
            foreach (List<string> word in words)
            {
                for (int at = 0; at + 1 < word.Count; at++)
                {
                    if ((word[at], word[at + 1]) == best)
                    {
                        word[at] += word[at + 1];
                        word.RemoveAt(at + 1);
                    }
                }
            }
        }
    }
}
