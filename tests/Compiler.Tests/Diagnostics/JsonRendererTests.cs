using System.Text.Json;
using Mllm.Compiler.Diagnostics;
using Xunit;

namespace Mllm.Compiler.Tests.Diagnostics;

public class JsonRendererTests
{
    [Fact]
    public void TheSchema()
    {
        var marked = new Marked("a = 1\nb = «1bar1»(\n  «0\"x\"0»)\n");
        var diagnostic = marked.Error("a \"quoted\" <word>", "here", "there") with { Help = "h", Fix = new Fix("t", marked.Spans[0], "y") };
        Assert.Equal(
            """
            {
              "errors": 1,
              "warnings": 1,
              "diagnostics": [
                {
                  "code": "MLLM3000",
                  "severity": "warning",
                  "message": "m",
                  "primary": {
                    "path": null,
                    "start": null,
                    "end": null,
                    "text": ""
                  },
                  "secondary": [],
                  "help": null,
                  "fix": null
                },
                {
                  "code": "MLLM4001",
                  "severity": "error",
                  "message": "a \"quoted\" <word>",
                  "primary": {
                    "path": "a.mllm",
                    "start": {
                      "line": 3,
                      "col": 3
                    },
                    "end": {
                      "line": 3,
                      "col": 6
                    },
                    "text": "here"
                  },
                  "secondary": [
                    {
                      "path": "a.mllm",
                      "start": {
                        "line": 2,
                        "col": 5
                      },
                      "end": {
                        "line": 2,
                        "col": 8
                      },
                      "text": "there"
                    }
                  ],
                  "help": "h",
                  "fix": {
                    "path": "a.mllm",
                    "start": {
                      "line": 3,
                      "col": 3
                    },
                    "end": {
                      "line": 3,
                      "col": 6
                    },
                    "title": "t",
                    "replacement": "y"
                  }
                }
              ]
            }

            """.ReplaceLineEndings("\n"),
            JsonRenderer.Render([diagnostic, new Diagnostic("MLLM3000", Severity.Warning, "m", new Label(default, ""))]));
    }

    [Theory]
    [InlineData(0x1B)]
    [InlineData(0xD800)]
    [InlineData(0x6F22)]
    public void AnyTextGivesAValidDocument(int character)
    {
        var text = $"a{(char)character}b";
        var marked = new Marked($"«0{text}0»", $"{text}.mllm");
        using var document = JsonDocument.Parse(JsonRenderer.Render([marked.Error(text, text)]));
        Assert.Equal(text.Replace('\ud800', '\ufffd'), document.RootElement.GetProperty("diagnostics")[0].GetProperty("message").GetString());
    }

    [Fact]
    public void NoFindingsAreAnEmptyList()
    {
        using var document = JsonDocument.Parse(JsonRenderer.Render([]));
        Assert.Equal(0, document.RootElement.GetProperty("diagnostics").GetArrayLength());
        Assert.Equal(0, document.RootElement.GetProperty("errors").GetInt32());
    }
}
