using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Inputs;
using Mllm.Runtime.Tests.Models;
using Xunit;

namespace Mllm.Runtime.Tests.Prompting;

/// <summary>A tokenizer that is asked for is the one that is used.</summary>
public class TokenizerSourceTests
{
    private static readonly string Shipped = Path.Combine(TestFiles.Root, "architectures/weights/tokenizer.json");

    [Fact]
    public void A_file_and_its_folder_give_the_same_tokenizer()
    {
        var program = Settings.Program("architectures/llava.mllm|tiny");
        var byFile = PromptBuilder.TokenizerFor(program, Shipped);
        var byFolder = PromptBuilder.TokenizerFor(program, Path.GetDirectoryName(Shipped));
        Assert.Equal(byFolder.Encode("grinning face", addSpecial: false), byFile.Encode("grinning face", addSpecial: false));
        Assert.True(byFile.Encode("grinning face", addSpecial: false).Count() < PromptBuilder.TokenizerFor(program, null).Encode("grinning face", addSpecial: false).Count());
    }

    [Fact]
    public void One_that_is_not_there_is_an_error() =>
        Assert.Throws<InputException>(() => PromptBuilder.TokenizerFor(Settings.Program("architectures/llava.mllm|tiny"), Path.Combine(Path.GetDirectoryName(Shipped)!, "absent")));
}
