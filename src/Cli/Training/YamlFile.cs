using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Mllm.Cli.Training;

/// <summary>A YAML file of settings, whose paths are relative to it.</summary>
internal static class YamlFile
{
    /// <summary>Reads a file; an empty one has every default.</summary>
    /// <param name="what">What has the settings, as "a run".</param>
    /// <param name="at">Turns a path of the file into one from the current folder.</param>
    /// <exception cref="Failure">It cannot be read, or says something that is no setting.</exception>
    public static T Read<T>(string path, string what, out Func<string, string> at)
        where T : new()
    {
        try
        {
            using var text = new StreamReader(path);
            var file = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<T>(text);
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            at = relative => Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.Combine(folder, relative));
            return file is null ? new T() : file;
        }
        catch (YamlException e)
        {
            throw new Failure($"{path}:{e.Start.Line}:{e.Start.Column}: {Reason(e, what)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{path} cannot be read: {e.Message}");
        }
    }

    private static string Reason(YamlException e, string what)
    {
        var message = e.InnerException?.Message ?? e.Message;
        // The library names the C# type; the person knows the setting alone.
        return message.Split(" not found on type")[0] is var property && property.Length < message.Length ? $"{property.Replace("Property", $"{what} has no setting")}" : message;
    }
}
