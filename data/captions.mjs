// Natural lower-case captions for the concepts of emoji.json. Names in the Unicode standard are shouted and often say how a
// character was once drawn ("BLACK RIGHTWARDS ARROW"); emoji-names.json gives the better name where rules are not enough.
import fs from "node:fs";

const overrides = JSON.parse(fs.readFileSync(new URL("emoji-names.json", import.meta.url), "utf8"));
const groups = JSON.parse(fs.readFileSync(new URL("emoji-groups.json", import.meta.url), "utf8"));

// Names of countries that English puts an article before.
const article = /^(united |european union|netherlands|philippines|bahamas|gambia|maldives|seychelles|comoros|central african|dominican republic|caribbean netherlands|isle of man|us |.* islands?$|.* territor(y|ies)$)/;
const noArticle = /^(norfolk|christmas|bouvet|ascension|clipperton|heard|south georgia|vatican)/;

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’‘]/g, "'").toLowerCase();
}

function flag(name) {
  const country = plain(name).replace(/ flag$/, "").replace(/ \(.*?\)/, "").replace(/ sar china/, "").replace(/\bst\. /g, "saint ")
    .replace(/^u\.s\. /, "us ").replace(/ - /, " ").replace(/ & /g, " and ");
  return `flag of ${article.test(country) && !noArticle.test(country) ? "the " : ""}${country}`;
}

function counted(people) {
  const words = people.split(", ");
  const parts = [...new Set(words)].map(word => {
    const count = words.filter(other => other === word).length;
    return count === 1 ? word : `two ${{ man: "men", woman: "women", child: "children" }[word] ?? `${word}s`}`;
  });
  return parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function clock(name) {
  const [, hour, half] = /^clock face ([a-z]+)[ -](oclock|thirty)$/.exec(name);
  return `clock at ${hour} ${half === "thirty" ? "thirty" : "o'clock"}`;
}

/** The caption of one concept: lower case, without commas, colons and parentheses. */
function caption(concept) {
  if (Object.hasOwn(overrides, concept.short_name))
    return plain(overrides[concept.short_name]);
  if (/flag$/.test(concept.subcategory) && / flag$/i.test(concept.name) && concept.short_name.match(/^(flag-|[a-z]{2}$)/))
    return flag(concept.name);
  const name = plain(concept.name);
  if (name.startsWith("clock face "))
    return clock(name);
  if (name.startsWith("family: "))
    return `family with ${counted(name.slice("family: ".length))}`.replaceAll(",", "");
  return name.replace(/^heavy /, "").replace(/ symbol$/, "").replace(/^squared /, "").replace(/womans /, "woman's ").replace(/mans /, "man's ");
}

/** Concepts with `caption`, `group` (category) and `kind` (subcategory) in natural words; skin tones alone are no concepts. */
export function describe(entries) {
  const taken = new Map();
  return entries.filter(entry => entry.category !== "Component").sort((a, b) => a.sort_order - b.sort_order).map(entry => {
    const text = caption(entry);
    const kind = groups[entry.subcategory];
    if (!kind)
      throw new Error(`emoji-groups.json has no words for '${entry.subcategory}'`);
    if (taken.has(text))
      throw new Error(`'${text}' is the caption of ${taken.get(text)} and of ${entry.unified}; emoji-names.json must tell them apart`);
    if (!/^[a-z0-9][a-z0-9' -]*$/.test(text))
      throw new Error(`the caption '${text}' of ${entry.unified} is not plain words; give one in emoji-names.json`);
    taken.set(text, entry.unified);
    return { code: entry.unified, file: entry.image, nonQualified: entry.non_qualified, caption: text, category: plain(entry.category).replace(/ & /g, " and "), subcategory: kind };
  });
}
