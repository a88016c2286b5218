namespace Mllm.Runtime.Weights;

/// <summary>The catalog of what can be wrong with a checkpoint map: MLLM6030 to MLLM6032.</summary>
internal static class MapErrors
{
    public static WeightsError BadRule(MapRule rule, string reason) =>
        new("MLLM6030", $"the checkpoint rule `{rule.From}` -> `{rule.To}` cannot be applied: {reason}", "",
            Expected: "dotted names whose segments are names or `*`, and `@` on the right");

    public static WeightsError TwoRules(MapRule first, MapRule second) =>
        new("MLLM6031", $"two checkpoint rules name `{first.From}`", "",
            Found: $"`{first.To}` and `{second.To}`", Expected: "one rule for one path");

    public static WeightsError BadIgnore(string text, string reason) =>
        new("MLLM6032", $"`{text}` is not a pattern of tensor names: {reason}", "",
            Expected: "an exact name, `prefix.*`, or names with `*` for single segments");
}
