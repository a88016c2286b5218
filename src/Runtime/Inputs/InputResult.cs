using System.Diagnostics.CodeAnalysis;

namespace Mllm.Runtime.Inputs;

/// <summary>What reading a user's file gives: the value, or one sentence that says why there is none.</summary>
public sealed record InputResult<T>
    where T : class
{
    private InputResult(T? value, string? error) => (Found, Error) = (value, error);

    private T? Found { get; }

    /// <summary>Why the input cannot be used: what was found and what was expected; null when it can.</summary>
    public string? Error { get; }

    /// <summary>The value; asking for it without having looked at <see cref="Error"/> is a bug of the caller.</summary>
    public T Value => Found ?? throw new InvalidOperationException(Error);

    /// <summary>True and the value, or false and the reason.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? error)
    {
        (value, error) = (Found, Error);
        return Found is not null;
    }

    /// <summary>
    /// Runs a reader and turns everything that a bad file can cause into an error that starts with the file's
    /// name. Any other exception is a bug and passes through.
    /// </summary>
    internal static InputResult<T> Of(string name, Func<T> read)
    {
        try
        {
            return new(read(), null);
        }
        catch (UnusableInputException problem)
        {
            return new(null, $"{name}: {problem.Message}");
        }
        catch (System.Text.Json.JsonException problem)
        {
            return new(null, $"{name}: not valid JSON: {problem.Message}");
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(null, $"{name}: no such file");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new(null, $"{name}: cannot be read: {problem.Message}");
        }
    }
}

/// <summary>
/// Thrown inside this folder where a user's file turns out to be unusable, deep in nested readers; the public
/// entry points catch it and answer with an <see cref="InputResult{T}"/>.
/// </summary>
internal sealed class UnusableInputException(string message) : Exception(message);
