using Mllm.Runtime.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Inputs;

/// <summary>The normalization forms, seen through a tokenizer whose tokens are the bytes of the normalized text.</summary>
public sealed class UnicodeFormTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    /// <summary>Source, NFC, NFD, NFKC, NFKD: examples of Unicode Standard Annex 15 and of each special rule.</summary>
    [Theory]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("\uFB01\u00B2", "\uFB01\u00B2", "\uFB01\u00B2", "fi2", "fi2")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\uAC01", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7", "\u1100\u1161\u11A7", "\uAC00\u11A7", "\u1100\u1161\u11A7")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("a\u0315\u0300\u05AE", "\u00E0\u05AE\u0315", "a\u05AE\u0300\u0315", "\u00E0\u05AE\u0315", "a\u05AE\u0300\u0315")]
    [InlineData("\U0002F800", "\u4E3D", "\u4E3D", "\u4E3D", "\u4E3D")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("plain", "plain", "plain", "plain", "plain")]
    public void Every_form_of_a_text(string source, string nfc, string nfd, string nfkc, string nfkd)
    {
        foreach ((string form, string expected) in new[] { ("NFC", nfc), ("NFD", nfd), ("NFKC", nfkc), ("NFKD", nfkd) })
        {
            string bytes = string.Join(", ", Enumerable.Range(0, 256).Select(b => $"\"<0x{b:X2}>\": {b}"));
            File.WriteAllText(_file, $$"""{"normalizer": {"type": "{{form}}"}, "model": {"type": "BPE", "byte_fallback": true, "merges": [], "vocab": { {{bytes}} } } }""");
            long[] ids = TokenizerLoader.Load(_file).Value.Encode(source, addSpecial: false);
            Assert.Equal(expected, System.Text.Encoding.UTF8.GetString([.. ids.Select(id => (byte)id)]));
        }
    }
}
