using System.Text;
using Mllm.Runtime.Data;
using Mllm.Runtime.Tests.Inputs;
using Mllm.Runtime.Tests.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Data;

/// <summary><c>tests/cases/data/*.jsonl</c> with what they give beside them; <c>MLLM_UPDATE=1 dotnet test</c> rewrites that.</summary>
public class RecordTests
{
    private static readonly string Folder = Path.Combine(TestFiles.Root, "tests/cases/data");

    [Theory]
    [InlineData("records")]
    [InlineData("broken")]
    public void Records_of_a_file_are_read_as_written_beside_it(string name)
    {
        var data = DataSets.Open([Path.Combine(Folder, $"{name}.jsonl")]);
        var text = string.Concat(Enumerable.Range(0, data.Count).Select(i => Rendered(data, i))).Replace(Folder + Path.DirectorySeparatorChar, "");
        var expected = Path.Combine(Folder, $"{name}.expected");
        if (Environment.GetEnvironmentVariable("MLLM_UPDATE") == "1")
            File.WriteAllText(expected, text);
        Assert.Equal(File.ReadAllText(expected), text);
    }

    [Fact]
    public void A_list_gives_what_its_lines_give()
    {
        using var folder = new TemporaryFolder();
        var lines = File.ReadAllLines(Path.Combine(Folder, "records.jsonl")).Where(l => l.Length > 0).ToArray();
        var jsonl = DataSets.Open([folder.Put("a.jsonl", string.Join('\n', lines))]);
        // The long text makes records cross the buffer's end, and the buffer grow.
        var padding = $$"""{"text":"{{new string('x', 600_000)}}"}""";
        var json = DataSets.Open([folder.Put("a.json", $"\uFEFF[\n{string.Join(",\n", lines)},\n{padding},\n7,\n[1, [2]],\n{lines[0]}]\n")]);
        Assert.Equal(lines.Length + 4, json.Count);
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal(Rendered(jsonl, i).Replace($"a.jsonl:{i + 1}", ""), Rendered(json, i).Replace($"a.json:{i + 2}", ""));
        Assert.Equal(600_000, json.Read(lines.Length).Turns[0].Answer!.Length);
        Assert.Contains($"a.json:{lines.Length + 3}: the record is a number", Assert.Throws<DataException>(() => json.Read(lines.Length + 1)).Message);
        Assert.Contains($"a.json:{lines.Length + 4}: the record is a list", Assert.Throws<DataException>(() => json.Read(lines.Length + 2)).Message);
        Assert.Equal(lines.Length + 5, json.Read(lines.Length + 3).Place.Line);
    }

    [Fact]
    public void Lines_are_counted_through_marks_blank_lines_and_buffers()
    {
        using var folder = new TemporaryFolder();
        var text = new StringBuilder("\uFEFF{\"text\":\"0\"}\r\n\r\n  \n");
        for (var i = 1; i < 20_000; i++)
            text.Append($"{{\"text\":\"number {i}\"}}\n");
        var data = DataSets.Open([folder.Put("long.jsonl", text.Append("{\"text\":\"last\"}").ToString())]);
        Assert.Equal(20_001, data.Count);
        Assert.Equal(1, data.Read(0).Place.Line);
        Assert.Equal(("number 19999", 20_002L), (data.Read(19_999).Turns[0].Answer, data.Read(19_999).Place.Line));
        Assert.Equal("last", data.Read(20_000).Turns[0].Answer);
    }

    [Fact]
    public void Paths_are_concatenated()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [.. "abc".Select((c, i) => folder.Put($"{c}.jsonl", string.Concat(Enumerable.Range(0, i + 1).Select(n => $"{{\"text\":\"{c}{n}\"}}\n"))))];
        var data = DataSets.Open(paths);
        Assert.Equal("a0 b0 b1 c0 c1 c2", string.Join(' ', Enumerable.Range(0, data.Count).Select(i => data.Read(i).Turns[0].Answer)));
    }

    [Fact]
    public void A_folder_holds_pictures_with_captions_beside_them()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["b.png", "a.JPG", "sub/c.webp", "lonely.png", "empty.gif"])
            folder.Put(name, "");
        foreach (var (name, text) in new[] { ("b.txt", "a b\n"), ("a.txt", "an a"), ("sub/c.txt", "a c"), ("empty.txt", " "), ("README.txt", "no caption") })
            folder.Put(name, text);
        var data = DataSets.Open([folder.Path]);
        Assert.Equal(5, data.Count);
        Assert.Equal((folder["a.JPG"], "an a"), (data.Read(0).Turns[0].Pictures[0], data.Read(0).Turns[0].Answer));
        Assert.Equal("a b", data.Read(1).Turns[0].Answer);
        Assert.Equal("empty.gif: its caption empty.txt is empty", folder.Anonymous(Assert.Throws<DataException>(() => data.Read(2)).Message));
        Assert.Equal("lonely.png: lacks its caption: expected lonely.txt beside it", folder.Anonymous(Assert.Throws<DataException>(() => data.Read(3)).Message));
        Assert.Equal(folder["sub/c.webp"], data.Read(4).Turns[0].Pictures[0]);
    }

    [Fact]
    public void A_folder_may_have_metadata()
    {
        using var folder = new TemporaryFolder();
        folder.Put("metadata.jsonl", """{"file_name":"x/a.png","text":"a"}""");
        var sample = DataSets.Open([folder.Path]).Read(0);
        Assert.Equal((folder["x/a.png"], "a"), (sample.Turns[0].Pictures[0], sample.Turns[0].Answer));
    }

    [Theory]
    [InlineData("a.jsonl", "\n  \n", "a.jsonl: holds no record")]
    [InlineData("a.json", "[]", "a.json: holds no record")]
    [InlineData("a.json", "\n{\"text\":\"x\"}", "a.json:2: a .json file is a list [...] of records; one record a line is JSON Lines (.jsonl)")]
    [InlineData("a.csv", "a,b", "a.csv: data is .jsonl, .json or a folder of pictures, found '.csv'")]
    [InlineData("sub/train.jsonl", "{}", "FOLDER: expected metadata.jsonl, or pictures with NAME.txt beside them; it holds sub/train.jsonl, which can be named itself")]
    public void What_is_no_data_set_is_refused_at_once(string name, string text, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Put(name, text);
        var problem = Assert.Throws<DataException>(() => DataSets.Open([name.StartsWith("sub") ? folder.Path : path]));
        Assert.Equal(message, folder.Anonymous(problem.Message));
    }

    [Fact]
    public void A_broken_list_names_the_line()
    {
        using var folder = new TemporaryFolder();
        var problem = Assert.Throws<DataException>(() => DataSets.Open([folder.Put("a.json", "[\n{\"text\":\"x\"},\n{\"text\" \"y\"}]")]));
        Assert.StartsWith("a.json:3: not valid JSON at byte 9 of the line: ", folder.Anonymous(problem.Message));
        Assert.Contains("no such file", Assert.Throws<DataException>(() => DataSets.Open([folder["none.jsonl"]])).Message);
    }

    private static string Rendered(IDataSet data, int index)
    {
        try
        {
            var sample = data.Read(index);
            var turns = sample.Turns.Select(t => $"  [{string.Join(", ", t.Pictures.Select(p => Path.GetRelativePath(Path.GetDirectoryName(sample.Place.File)!, p)))}] {Quoted(t.User)} -> {Quoted(t.Answer)}\n");
            return $"{Path.GetFileName(sample.Place.ToString())}\n{string.Concat(turns)}{string.Concat(sample.Fields.Select(f => $"  {f.Key} = {Quoted(f.Value)}\n"))}";
        }
        catch (DataException problem)
        {
            return problem.Message + "\n";
        }
    }

    private static string Quoted(string? text) => text is null ? "-" : $"'{text.Replace("\n", "\\n")}'";
}
