using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Mllm.Cli.Training;

/// <summary>A YAML file of settings, whose paths are relative to it.</summary>
internal static class YamlFile
{
    /// <summary>Reads a file; an empty one has every default.</summary>
    /// <param name="at">Turns a path of the file into one from the current folder.</param>
    /// <exception cref="Failure">It cannot be read, or says something that is no setting.</exception>
    public static T Read<T>(string path, out Func<string, string> at)
        where T : new()
    {
        try
        {
            var file = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<T>(File.ReadAllText(path));
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            at = relative => Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.Combine(folder, relative));
            return file is null ? new T() : file;
        }
        catch (YamlException e)
        {
            throw YamlProblem.Of(e, path, typeof(T));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{path} cannot be read: {e.Message}");
        }
    }
}
