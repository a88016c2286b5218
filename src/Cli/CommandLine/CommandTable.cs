namespace Mllm.Cli.CommandLine;

/// <summary>All commands of this assembly, by name.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<CliCommand> All { get; } =
    [
        .. typeof(CliCommand).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(CliCommand)) && !t.IsAbstract)
            .Select(t => (CliCommand)Activator.CreateInstance(t)!)
            .OrderBy(c => c.Name, StringComparer.Ordinal),
    ];

    public static CliCommand? Find(string name) => All.FirstOrDefault(c => c.Name == name);
}
