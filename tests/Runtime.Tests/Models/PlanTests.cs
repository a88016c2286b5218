using Mllm.Compiler.Planning;
using Xunit;

namespace Mllm.Runtime.Tests.Models;

/// <summary>What a plan says will be kept is what a run keeps.</summary>
public class PlanTests
{
    public static TheoryData<string> All => [.. Settings.All];

    [Theory]
    [MemberData(nameof(All))]
    public void A_run_keeps_what_the_plan_says(string setting)
    {
        using var model = new TinyModel(setting);
        var plan = Plan.Of(model.Program);
        var prompt = Prompt.Of("2 9 * 14 * 6 31", 2, 3).For(model.Program);
        var images = (long)prompt.Pictures.Length;
        var (positions, cached, kept) = model.Measure(prompt);
        var words = prompt.LayOut(model.Program);
        Assert.Equal(words.Slots.Sum(s => s.Count(x => x >= 0)), (plan.PositionsPerImage * images).Value);
        Assert.Equal(plan.CachedElements.Value * positions, cached);
        Assert.Equal(plan.KeptElements.Evaluate(model.Sizes(prompt)), kept);
    }
}
