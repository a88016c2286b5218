// Turns the documents that recipes/evaluate-all leaves in a folder into Markdown tables.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? "runs/evaluation";
const documents = readdirSync(folder).filter(name => name.endsWith(".json")).sort().map(name => {
  const [system, test] = name.slice(0, -".json".length).split(".");
  return { system, test, ...JSON.parse(readFileSync(join(folder, name), "utf8")) };
});

const rate = figure => figure?.value == null ? "-" : figure.value.toFixed(3);
const count = number => number.toLocaleString("en");
const table = (head, rows) => [`| ${head.join(" | ")} |`, `| ${head.map((_, i) => (i === 0 ? "---" : "---:")).join(" | ")} |`, ...rows.map(row => `| ${row.join(" | ")} |`)].join("\n");

const captions = test => table(["system", "pictures", "exact match", "token F1", "BLEU-1", "CIDEr-D", "loss a token"],
  documents.filter(document => document.test === test).map(({ system, figures }) =>
    [system, count(figures.exact_match.count), rate(figures.exact_match), rate(figures.token_f1), rate(figures.bleu_1), rate(figures.cider_d), rate(figures.loss)]));

const questions = table(["system", "asked for", "questions", "exact match", "token F1"],
  documents.filter(document => document.test === "questions-twemoji").flatMap(({ system, by }) =>
    by.map(part => [system, part.value, count(part.exact_match.count), rate(part.exact_match), rate(part.token_f1)])));

const chance = figure => `${rate(figure)} (${figure.chance.toFixed(4)})`;
const retrieval = table(["system", "pictures", "text recall@1", "@5", "@10", "picture recall@1", "@5", "@10"],
  documents.filter(document => document.test === "retrieve").map(({ system, figures }) =>
    [system, count(figures.text_recall_at_1.count), ...["text", "picture"].flatMap(side => [1, 5, 10].map(k => chance(figures[`${side}_recall_at_${k}`])))]));

console.log(`## Captions of drawings by a vendor that is not trained on\n\n${captions("captions-twemoji")}\n`);
console.log(`## Captions of held-out drawings by a vendor that is trained on\n\n${captions("captions-held-out")}\n`);
console.log(`## Captions of concepts that are not trained on\n\n${captions("captions-new-concepts")}\n`);
console.log(`## A caption after other pictures and theirs\n\n${captions("interleaved-twemoji")}\n`);
console.log(`## Questions\n\n${questions}\n`);
console.log(`## Retrieval (chance in parentheses)\n\n${retrieval}`);
