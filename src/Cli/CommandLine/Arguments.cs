using System.Globalization;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli.CommandLine;

/// <summary>What one call of a command gave for its operands and options, checked against their declarations.</summary>
internal sealed class Arguments
{
    private readonly CliCommand _command;
    private readonly List<string> _operands = [];
    private readonly Dictionary<Option, List<string>> _options = [];

    private Arguments(CliCommand command) => _command = command;

    public IReadOnlyList<string> Operands => _operands;

    /// <summary>The only operand, or the first.</summary>
    public string Operand => _operands[0];

    /// <summary>Reads the words after the command's name.</summary>
    /// <exception cref="Failure">An unknown option, a missing or a superfluous word.</exception>
    public static Arguments Parse(CliCommand command, IReadOnlyList<string> words)
    {
        var arguments = new Arguments(command);
        var isOver = false;
        for (var i = 0; i < words.Count; i++)
        {
            if (isOver || words[i].Length < 2 || words[i][0] != '-')
                arguments._operands.Add(words[i]);
            else if (words[i] == "--")
                isOver = true;
            else
                arguments.ReadOption(words, ref i);
        }
        arguments.CheckCounts();
        return arguments;
    }

    public bool Has(Option option) => _options.ContainsKey(option);

    /// <summary>The option's text, or null when it was not given.</summary>
    public string? Text(Option option) => _options.TryGetValue(option, out var values) ? values[^1] : null;

    /// <summary>Every text that a repeatable option was given, in order.</summary>
    public IReadOnlyList<string> All(Option option) => _options.TryGetValue(option, out var values) ? values : [];

    /// <summary>The option's whole number, or null when it was not given.</summary>
    /// <exception cref="Failure">It is none, or below <paramref name="least"/>.</exception>
    public long? Integer(Option option, long least = 0)
    {
        if (Text(option) is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least
            ? value
            : throw Wrong($"`{option.Name}` takes a whole number of at least {least}, not `{text}`");
    }

    /// <summary>The option's number, or null when it was not given.</summary>
    /// <exception cref="Failure">It is none, or outside the bounds.</exception>
    public double? Number(Option option, double least, double most)
    {
        if (Text(option) is not { } text)
            return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            return value;
        var bounds = double.IsPositiveInfinity(most) ? $"of at least {least}" : $"between {least} and {most}";
        throw Wrong(FormattableString.Invariant($"`{option.Name}` takes a number {bounds}, not `{text}`"));
    }

    /// <summary>A number of things, at least 1; null where the option is not given.</summary>
    public int? Count(Option option) => Integer(option, least: 1) is { } n ? (int)Math.Min(n, int.MaxValue) : null;

    /// <summary>A failure that points to this command's help.</summary>
    public Failure Wrong(string message, string? help = null) => new(message) { Usage = _command, Help = help };

    private void ReadOption(IReadOnlyList<string> words, ref int i)
    {
        var word = words[i];
        var equals = word.IndexOf('=');
        var name = equals < 0 ? word : word[..equals];
        var option = _command.Options.FirstOrDefault(o => o.Name == name) ?? throw Unknown(name);
        var inline = equals < 0 ? null : word[(equals + 1)..];
        if (option.Value is null && inline is not null)
            throw Wrong($"`{name}` takes no value");
        if (_options.ContainsKey(option) && !option.IsRepeatable)
            throw Wrong($"`{name}` was given twice");
        // A value that begins with two dashes is more likely a forgotten value than meant; with `=` it can be given all the same.
        if (option.Value is not null && inline is null && (i + 1 == words.Count || words[i + 1].StartsWith("--", StringComparison.Ordinal)))
            throw Wrong($"`{name}` needs a value, {option.Value}",
                i + 1 < words.Count ? $"a value that begins with dashes is given as `{name}={words[i + 1]}`" : null);
        var value = option.Value is null ? "" : inline ?? words[++i];
        if (option.Choices.Count > 0 && !option.Choices.Contains(value))
            throw Wrong($"`{name}` takes {Words.Join(option.Choices, "or")}, not `{value}`", DidYouMean(value, option.Choices));
        if (!_options.TryGetValue(option, out var values))
            _options[option] = values = [];
        values.Add(value);
    }

    private void CheckCounts()
    {
        if (_command.Options.FirstOrDefault(o => o.IsRequired && !Has(o)) is { } missing)
            throw Wrong($"`{missing.Name} {missing.Value}` is missing");
        if (_operands.Count < _command.Operands.Count(o => !o.IsOptional))
            throw Wrong($"{_command.Operands[_operands.Count].Name} is missing");
        if (_operands.Count > _command.Operands.Count && !_command.Operands.Any(o => o.IsRepeated))
            throw Wrong($"`{_operands[_command.Operands.Count]}` is one word too many");
    }

    private Failure Unknown(string name) =>
        Wrong($"`mllmc {_command.Name}` has no option `{name}`", DidYouMean(name, _command.Options.Select(o => o.Name)));

    /// <summary>A question with the near names, or null for none.</summary>
    public static string? DidYouMean(string name, IEnumerable<string> candidates) => DidYouMean(NearNames.Find(name, candidates));

    /// <summary>The same, of names that are known to be near.</summary>
    public static string? DidYouMean(IReadOnlyList<string> near) => near.Count > 0 ? $"did you mean {Words.Choice(near)}?" : null;
}
