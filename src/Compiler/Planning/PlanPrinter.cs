namespace Mllm.Compiler.Planning;

/// <summary>A plan in the forms that people and tools read.</summary>
public static class PlanPrinter
{
    /// <summary>A table: exact counts, short numbers with units, formulas over hyperparameters and over the sizes that the input decides.</summary>
    /// <param name="stage">Show what this training stage trains, part by part; null for one line for each stage.</param>
    public static string ToText(Plan plan, PlanPoint? point = null, string? stage = null) => new PlanText(plan, point ?? new PlanPoint(), stage).Print();

    /// <summary>All quantities, each polynomial as text and as a number at the point.</summary>
    public static string ToJson(Plan plan, PlanPoint? point = null) => PlanJson.Print(plan, point ?? new PlanPoint());
}
