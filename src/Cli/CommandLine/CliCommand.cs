namespace Mllm.Cli.CommandLine;

/// <summary>
/// One command of <c>mllmc</c>: what it takes, declared as data that parsing and help both read, and what it does. Commands are found by reflection: adding
/// one is adding a file.
/// </summary>
internal abstract class CliCommand
{
    public abstract string Name { get; }

    /// <summary>What it does, after "mllmc NAME: ", without a final stop.</summary>
    public abstract string Summary { get; }

    /// <summary>Further sentences for its help.</summary>
    public virtual string Details => "";

    public virtual IReadOnlyList<Operand> Operands => [];

    public virtual IReadOnlyList<Option> Options => [];

    /// <summary>Command lines to learn from, without the leading <c>mllmc</c>.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Does the work and gives the exit code.</summary>
    /// <exception cref="Failure">It cannot be done.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public abstract int Run(Arguments arguments, Host host);
}

/// <summary>A word of the command line that is not an option; a repeated one takes all further words.</summary>
internal sealed record Operand(string Name, string Help, bool IsOptional = false, bool IsRepeated = false);

/// <summary>An option, written <c>--name</c>, <c>--name VALUE</c> or <c>--name=VALUE</c>.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Value">The word for its value in help; null for a switch.</param>
/// <param name="Help">What it means, and its default.</param>
internal sealed record Option(string Name, string? Value, string Help)
{
    public bool IsRepeatable { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>The values it accepts; empty for any.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}
