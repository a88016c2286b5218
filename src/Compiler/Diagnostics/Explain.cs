using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Diagnostics;

/// <summary>What there is to say about a diagnostic code or a primitive.</summary>
public static class Explain
{
    /// <summary>Everything that can be explained: codes, then primitives.</summary>
    public static IEnumerable<string> Topics => ErrorPage.Codes.Concat(OpRegistry.All.Keys.Order(StringComparer.Ordinal));

    /// <summary>The page about a topic, laid out for a terminal; null for an unknown one.</summary>
    public static string? Page(string topic, RenderOptions options) =>
        ErrorPage.Find(topic) is { } page ? PageText.Render(page.Markdown, options)
        : OpRegistry.Find(topic) is { } op ? Page(op, options)
        : null;

    /// <summary>The page about a primitive: how it is called, its attributes with types and defaults, its parameters and its numbered constraints.</summary>
    public static string Page(Op op, RenderOptions options) => PageText.Render(OpPage.Of(op), options);

    /// <summary>The topics that a misspelt one may have meant; for a number, the codes that begin like it.</summary>
    public static ImmutableArray<string> Near(string topic) => NearNames.Find(topic.All(char.IsAsciiDigit) ? "MLLM" + topic : topic, Topics);
}
