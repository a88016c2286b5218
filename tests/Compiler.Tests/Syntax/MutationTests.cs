using System.Collections;
using System.Reflection;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Syntax;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>Random damage to valid files: the parser always comes back with a tree and diagnostics whose spans lie in the text.</summary>
public class MutationTests
{
    private const int Count = 10_000;
    private const int Seed = 20_240_607;

    private static readonly string[] Fragments =
    [
        "(", ")", "[", "]", "{", "}", ",", ":", "=", "..", ".", "->", "|>", "??", "?", "\"", "\\", "'", "//", "///", "/*", "\n", " ", "-", "^",
        "*", "@", "é", "\ud83d", "\ufffd", "\0", "if", "else", "then", "for", "in", "fn", "block", "model", "import", "return", "not", "none",
        "stage", "inject", "into", "as", "every", "at", "1", "2.", "1e9", "99999999999999999999", "4k", "x", "train", "x = ", "x: ", "};",
        "(((((", "]]]]",
    ];

    [Fact]
    public void Ten_thousand_mutations_give_diagnostics_and_no_exception()
    {
        var texts = CaseFiles.Names("valid").Select(name => CaseFiles.Read("valid", name).Text).ToArray();
        var random = new Random(Seed);
        var broken = 0;
        for (var i = 0; i < Count; i++)
        {
            var source = new SourceText("mutation.mllm", Mutated(texts[random.Next(texts.Length)], random));
            try
            {
                var stage = Parser.Parse(source);
                foreach (var diagnostic in stage.Diagnostics)
                    CheckSpans(diagnostic, source);
                // Walking every tree by reflection takes longer than making it.
                if (i % 20 == 0)
                    Assert.True(CheckSpans(stage.Value, source) == 0 || stage.HasErrors, "something is missing in the tree of a text without errors");
                broken += stage.HasErrors ? 1 : 0;
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {i}: {e}\n{source.Text}");
            }
        }
        Assert.True(broken > Count / 2, $"only {broken} mutations broke their text");
    }

    private static string Mutated(string text, Random random)
    {
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var at = random.Next(text.Length + 1);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            text = random.Next(5) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, Fragments[random.Next(Fragments.Length)]),
                2 => text.Remove(at, length).Insert(at, Fragments[random.Next(Fragments.Length)]),
                3 => text.Insert(random.Next(text.Length + 1), text.Substring(at, length)),
                _ => random.Next(20) == 0 ? text[..at] : text.Remove(at, Math.Min(1, length)),
            };
        }
        return text;
    }

    private static void CheckSpans(Diagnostic diagnostic, SourceText source)
    {
        Check(diagnostic.Primary.Span, source);
        foreach (var label in diagnostic.Secondary)
            Check(label.Span, source);
        if (diagnostic.Fix is { } fix)
            Check(fix.Span, source);
    }

    /// <summary>Checks every span that is reached through the public properties of a tree, and counts what is missing in it.</summary>
    private static int CheckSpans(object? node, SourceText source)
    {
        switch (node)
        {
            case null or string or SourceText or ValueType and not Span and not IEnumerable:
                return 0;
            case Span span:
                Check(span, source);
                return 0;
            case IEnumerable children:
                return children.Cast<object?>().Sum(child => CheckSpans(child, source));
            default:
                return Properties(node.GetType()).Sum(property => CheckSpans(property.GetValue(node), source)) + (node is MissingSyntax ? 1 : 0);
        }
    }

    private static readonly Dictionary<Type, PropertyInfo[]> Known = [];

    private static PropertyInfo[] Properties(Type type) =>
        Known.TryGetValue(type, out var found) ? found : Known[type] = type.GetProperties();

    private static void Check(Span span, SourceText source)
    {
        Assert.Same(source, span.Source);
        if (span.Start < 0 || span.End < span.Start || span.End > source.Text.Length)
            Assert.Fail($"the span {span.Start}..{span.End} is not in a text of length {source.Text.Length}");
    }
}
