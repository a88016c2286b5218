using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>
/// What makes two findings the same mistake: the code and the place. The numbers in the message may differ between layers and variants; it is still one line to mend.
/// </summary>
/// <param name="Rule">The broken constraint, of which one operation may have several.</param>
internal readonly record struct Site(string Code, Span Span, string? Rule)
{
    public static Site Of(Diagnostic diagnostic) => diagnostic.Code switch
    {
        // A name that is not there is one mistake, whichever reason is found for it.
        "MLLM2013" or "MLLM2016" => new("MLLM2005", diagnostic.Primary.Span, null),
        // A circle is found from every one of its members.
        "MLLM2009" => new(diagnostic.Code, default, string.Join(' ', diagnostic.Primary.Text.Split(" -> ").Distinct().Order(StringComparer.Ordinal))),
        "MLLM4001" => new(diagnostic.Code, diagnostic.Primary.Span, diagnostic.Help),
        _ => new(diagnostic.Code, diagnostic.Primary.Span, null),
    };
}
