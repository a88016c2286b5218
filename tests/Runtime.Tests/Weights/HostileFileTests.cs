using System.Text;
using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>Files that lie about themselves: each gives its own error, names what is wrong, and throws nothing.</summary>
public class HostileFileTests
{
    private const string A = """ "a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]} """;

    // what is wrong | code | part of the rendering | header | data bytes
    public static TheoryData<string, string, string, string, int> Headers => new()
    {
        { "unknown dtype", "MLLM6009", "tensor `a` has the unknown dtype `F31`", """{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8 },
        { "dtype in lower case", "MLLM6009", "unknown dtype `f32`", """{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}""", 8 },
        { "dtype by number", "MLLM6009", "unknown dtype `1`", """{"a":{"dtype":"1","shape":[2],"data_offsets":[0,8]}}""", 8 },
        { "dtype of part bytes", "MLLM6009", "unknown dtype `F4`", """{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}""", 1 },
        { "dtype not a string", "MLLM6007", "`dtype` is a number", """{"a":{"dtype":3,"shape":[2],"data_offsets":[0,8]}}""", 8 },
        { "negative size", "MLLM6010", "-2 is not a size", """{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}""", 8 },
        { "fractional size", "MLLM6010", "2.5 is not a size", """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8 },
        { "size in words", "MLLM6010", "a string is not a size", """{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8 },
        { "nested size", "MLLM6010", "an array is not a size", """{"a":{"dtype":"F32","shape":[[2],[{"x":[]}]],"data_offsets":[0,8]}}""", 8 },
        { "size beyond 63 bits", "MLLM6010", "18446744073709551616 is not a size", """{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8]}}""", 8 },
        { "product wraps to 4", "MLLM6010", "overflows: [4611686018427387905, 4]", """{"a":{"dtype":"U8","shape":[4611686018427387905,4],"data_offsets":[0,4]}}""", 4 },
        { "product times dtype wraps to 0", "MLLM6010", "overflows", """{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0 },
        { "shape not an array", "MLLM6007", "`shape` is an object", """{"a":{"dtype":"F32","shape":{},"data_offsets":[0,8]}}""", 8 },
        { "begin after end", "MLLM6011", "[8, 0]", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8 },
        { "one offset", "MLLM6011", "[8]", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", 8 },
        { "three offsets", "MLLM6011", "[0, 8, 8]", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8 },
        { "negative offset", "MLLM6007", "-8 in `data_offsets` is not a position", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8 },
        { "offset overflows with the header", "MLLM6011", "9223372036854775807", """{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 8 },
        { "truncated data", "MLLM6012", "12 bytes of tensor data", "{" + A + "}", 12 },
        { "offsets far outside", "MLLM6012", "lies outside the file", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[1000000000000,1000000000004]}}""", 4 },
        { "length too small for the shape", "MLLM6013", "16 bytes for F32 [2, 2]", """{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,8]}}""", 8 },
        { "length too large for the shape", "MLLM6013", "4 bytes for F16 [2]", """{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8 },
        { "overlap by one byte", "MLLM6014", "tensor `b` shares bytes with tensor `a`", "{" + A + """, "b":{"dtype":"U8","shape":[4],"data_offsets":[15,19]}}""", 19 },
        { "same range twice", "MLLM6014", "shares bytes", "{" + A + """, "b":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}""", 16 },
        { "inside another", "MLLM6014", "shares bytes", "{" + A + """, "b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 16 },
        { "hole in the middle", "MLLM6015", "no tensor owns the 4 bytes in front of tensor `b`", "{" + A + """, "b":{"dtype":"U8","shape":[4],"data_offsets":[20,24]}}""", 24 },
        { "hole at the start", "MLLM6015", "in front of tensor `b`", """{"b":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}}""", 5 },
        { "trailing data", "MLLM6016", "the last 1 byte of the file", "{" + A + "}", 17 },
        { "data of no tensor", "MLLM6016", "the last 3 bytes", "{}", 3 },
        { "duplicate tensor", "MLLM6006", "the key `a` twice", "{" + A + "," + A + "}", 16 },
        { "duplicate tensor, escaped", "MLLM6006", "the key `a` twice", "{" + A + "," + A.Replace("\"a\"", "\"\\u0061\"") + "}", 16 },
        { "duplicate field", "MLLM6006", "the key `a.dtype` twice", """{"a":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8 },
        { "duplicate metadata", "MLLM6006", "`__metadata__` twice", """{"__metadata__":{},"__metadata__":{}}""", 0 },
        { "duplicate metadata key", "MLLM6006", "`__metadata__.k` twice", """{"__metadata__":{"k":"1","k":"2"}}""", 0 },
        { "metadata not strings", "MLLM6008", "`k` is a number", """{"__metadata__":{"k":1}}""", 0 },
        { "metadata not an object", "MLLM6008", "it is an array", """{"__metadata__":["k"]}""", 0 },
        { "missing field", "MLLM6007", "`data_offsets` is missing", """{"a":{"dtype":"F32","shape":[2]}}""", 0 },
        { "unknown field", "MLLM6007", "unknown field `stride`", """{"a":{"dtype":"U8","shape":[2],"stride":[1],"data_offsets":[0,2]}}""", 2 },
        { "entry not an object", "MLLM6007", "it is null, not an object", """{"a":null}""", 0 },
        { "empty name", "MLLM6007", "empty name", """{"":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2 },
        { "half a surrogate pair", "MLLM6007", "not valid Unicode", """{"\ud800":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2 },
        { "array for a header", "MLLM6005", "it begins with `[`", "[]", 0 },
        { "space before the header", "MLLM6005", "it begins with ` `", " {}", 0 },
        { "empty header", "MLLM6005", "an empty header", "", 0 },
        { "header cut off", "MLLM6004", "not valid JSON at byte", "{" + A, 16 },
        { "text after the header", "MLLM6004", "not valid JSON at byte 2", "{}{}", 0 },
        { "comment", "MLLM6004", "not valid JSON", "{/* */}", 0 },
        { "trailing comma", "MLLM6004", "not valid JSON", "{" + A + ",}", 16 },
        { "zero bytes for padding", "MLLM6004", "not valid JSON", "{}\0\0", 0 },
        { "nested too deep", "MLLM6004", "not valid JSON", string.Concat(Enumerable.Repeat("{\"a\":", 5000)), 0 },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void HeaderIsRefused(string what, string code, string says, string header, int data)
    {
        using var folder = new TemporaryFolder();
        var result = SafetensorsFile.Open(folder.Put("x.safetensors", TemporaryFolder.FileOf(header, data)));

        Assert.False(result.Ok, what);
        Assert.Contains(result.Errors, e => e.Code == code && e.Render().Contains(says, StringComparison.Ordinal) && e.File == folder["x.safetensors"]);
    }

    public static TheoryData<string, string, byte[]> Files => new()
    {
        { "no bytes", "MLLM6002", [] },
        { "half a length", "MLLM6002", [2, 0, 0, 0, 0, 0, 0] },
        { "length beyond the file", "MLLM6003", TemporaryFolder.FileOf("{}", 0, length: 3) },
        { "length beyond the limit", "MLLM6003", TemporaryFolder.FileOf("{}", 0, length: 100_000_001) },
        { "length negative as a signed number", "MLLM6003", TemporaryFolder.FileOf("{}", 0, length: ulong.MaxValue) },
        { "length wraps around the prefix", "MLLM6003", TemporaryFolder.FileOf("{}", 0, length: ulong.MaxValue - 7) },
        { "length cuts the header", "MLLM6004", TemporaryFolder.FileOf("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, length: 20) },
        { "not UTF-8", "MLLM6004", TemporaryFolder.FileOf([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 0) },
        { "a zip archive, as pickled weights are", "MLLM6003", [.. "PK\u0003\u0004"u8, .. new byte[60]] },
        { "a web page", "MLLM6003", Encoding.UTF8.GetBytes("<!DOCTYPE html><html><body>Not found</body></html>") },
        { "a large-file pointer", "MLLM6003", Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n") },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void FileIsRefused(string what, string code, byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        var result = SafetensorsFile.Open(folder.Put("x.safetensors", bytes));

        Assert.False(result.Ok, what);
        Assert.Equal(code, Assert.Single(result.Errors).Code);
    }

    [Fact]
    public void WhatCannotBeOpenedSaysWhy()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("there is no such file", Refusal(folder["absent.safetensors"]));
        Assert.Contains("there is no such file", Refusal(folder["absent/absent.safetensors"]));
        Assert.Contains("it is a folder", Refusal(folder.Path));
        Assert.Contains("not a valid path", Refusal(""));
        Assert.Contains("not a valid path", Refusal("a\0b"));

        static string Refusal(string path)
        {
            var error = Assert.Single(SafetensorsFile.Open(path).Errors);
            Assert.Equal("MLLM6001", error.Code);
            return error.Render();
        }
    }

    [Fact]
    public void AllMistakesOfAHeaderAreReportedTogether()
    {
        var header = """{"a":{"dtype":"F9","shape":[1],"data_offsets":[0,1]},"b":7,"c":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""";
        using var folder = new TemporaryFolder();
        var result = SafetensorsFile.Open(folder.Put("x.safetensors", TemporaryFolder.FileOf(header, 1)));

        Assert.Equal(["MLLM6009 a", "MLLM6007 b", "MLLM6010 c"], result.Errors.Select(e => $"{e.Code} {e.Tensor}"));
    }

    [Fact]
    public void AMillionMistakesAreNotAMillionErrors()
    {
        var header = "{" + string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"{i}\":0")) + "}";
        using var folder = new TemporaryFolder();
        var result = SafetensorsFile.Open(folder.Put("x.safetensors", TemporaryFolder.FileOf(header, 0)));

        Assert.Equal(20, result.Errors.Length);
    }

    [Fact]
    public void ANameCannotDriveTheTerminal()
    {
        var header = """{"\u001b[2J\u202eevil":{"dtype":"F9","shape":[1],"data_offsets":[0,1]}}""";
        using var folder = new TemporaryFolder();
        var result = SafetensorsFile.Open(folder.Put("x.safetensors", TemporaryFolder.FileOf(header, 1)));

        Assert.Contains(@"tensor `\u001b[2J\u202eevil`", Assert.Single(result.Errors).Render());
    }

    [Fact]
    public void AnErrorRendersWithWhatWasFoundAndWhatWasExpected()
    {
        using var folder = new TemporaryFolder();
        var result = SafetensorsFile.Open(folder.Put("x.safetensors", TemporaryFolder.FileOf("{" + A + "}", 12)));

        Assert.Equal("""
            error[MLLM6012]: tensor `a` lies outside the file: the file is truncated, or its header is wrong
              --> x.safetensors
               = found: 12 bytes of tensor data
               = expected: at least 16
            """, folder.Anonymous(Assert.Single(result.Errors).Render()));
    }
}
