// Writes the splits of data/emoji (JSON Lines, paths relative to the file) from the unpacked pictures and emoji.json.
// Everything is drawn from hashes of code points and fixed seeds: the same pictures always give the same files.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { describe } from "./captions.mjs";

const folder = process.argv[2];
const concepts = describe(JSON.parse(fs.readFileSync(path.join(folder, "emoji.json"), "utf8")));

function hash(text) {
  return crypto.createHash("sha256").update(text).digest().readUInt32BE(0);
}

function random(seed) {      // a small generator (mulberry32), because Math.random has no seed
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

// Noto at three ages, Fluent in three styles and EmojiOne: what is trained on. Twemoji is only ever tested on.
const styles = { noto: ["noto", "noto-2017", "noto-blobs"], fluent: ["fluent", "fluent-color", "fluent-flat"], emojione: ["emojione"], twemoji: ["twemoji"] };

function drawing(vendor, style, concept) {
  const extension = style === "fluent" ? "webp" : "png";
  const codes = [concept.code, concept.nonQualified ?? concept.code, concept.code.replaceAll("-FE0F", ""), concept.code.replaceAll(/-(FE0F|200D)/g, "")].map(code => `${code.toLowerCase()}.${extension}`);
  const name = [concept.file, ...codes].find(name => fs.existsSync(path.join(folder, style, name)));
  return name && { image: `${style}/${name}`, caption: concept.caption, concept: concept.code, vendor, category: concept.category, subcategory: concept.subcategory, seen: !isNew(concept) };
}

// Concepts never trained on, whoever drew them; then concepts whose Fluent drawings alone are kept back.
const isNew = concept => hash(`new ${concept.code}`) % 32 === 0;
const isHeldOut = concept => hash(`held out ${concept.code}`) % 10 === 0;

// Fluent has no flags of countries: its packages fill them in with Noto's drawings.
const isBorrowed = picture => picture.vendor === "fluent" && ["country flag", "region flag"].includes(picture.subcategory);
const drawn = vendor => styles[vendor].map(style => concepts.map(concept => drawing(vendor, style, concept)).filter(Boolean));
const [noto, ...olderNoto] = drawn("noto");
const [fluent, ...otherFluent] = drawn("fluent");
const [emojione] = drawn("emojione");
// Test records stand in an order of their own, so that the first few are of all kinds.
const mixed = list => list.map(item => [hash(item.concept), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
const twemoji = mixed(drawn("twemoji")[0]);
const heldOutCodes = new Set(concepts.filter(isHeldOut).map(concept => concept.code));
const isKeptBack = picture => picture.vendor === "fluent" && heldOutCodes.has(picture.concept);
const train = [...noto, ...olderNoto.flat(), ...fluent, ...otherFluent.flat().filter(picture => !isBorrowed(picture)), ...emojione].filter(picture => picture.seen && !isKeptBack(picture));
const heldOut = mixed(fluent.filter(picture => picture.seen && isKeptBack(picture) && !isBorrowed(picture)));
const unseen = mixed([...noto, ...fluent].filter(picture => !picture.seen));

const questions = {
  caption: ["What is in this picture?", "Describe this picture in one sentence.", "What does this picture show?"],
  category: ["What category does this picture belong to?", "Which category is this?", "Name the category of this picture."],
  subcategory: ["What kind of thing is this?", "Which group does this picture belong to?", "What kind of picture is this?"],
};
const fields = Object.keys(questions);
const phrase = (picture, field, turn = 0) => questions[field][(hash(`${picture.image} ${field}`) + turn) % questions[field].length];

// Every picture is asked about its name, category and subcategory; in training with a phrasing drawn for it, in the test with the first.
const asked = (pictures, choose) => pictures.flatMap(picture => fields.map(field => {
  const { image, caption, ...rest } = picture;
  return { image, question: choose(picture, field), answer: picture[field], asks: field === "caption" ? "name" : field, caption, ...rest };
}));

const conversations = train.map(picture => {
  const { image, caption: _, ...rest } = picture;
  const order = fields.map(field => [hash(`${image} turn ${field}`), field]).sort((a, b) => a[0] - b[0]).map(([, field]) => field).slice(0, 2 + hash(image) % 2);
  return {
    image,
    conversations: order.flatMap((field, turn) => [
      { from: "human", value: `${turn === 0 ? "<image>\n" : ""}${phrase(picture, field, 1)}` },
      { from: "gpt", value: picture[field] },
    ]),
    ...rest,
  };
});

// Each picture closes one sequence; one to three pictures of different concepts, half of the time all of one category,
// so that the caption cannot be guessed from the pictures before.
function sequences(pictures, seed) {
  const next = random(seed);
  const pick = list => list[Math.floor(next() * list.length)];
  return pictures.map(last => {
    const shots = Math.floor(next() * 3);
    const from = next() < 0.5 ? pictures.filter(picture => picture.category === last.category) : pictures;
    const chosen = [];
    while (chosen.length < shots) {
      const picture = pick(from);
      if (picture.concept !== last.concept && !chosen.some(other => other.concept === picture.concept))
        chosen.push(picture);
    }
    const { image, caption, ...rest } = last;
    return { interleaved: [...chosen, last].map(({ image, caption }) => ({ image, text: caption })), ...rest };
  });
}

const trainedConcepts = concepts.filter(concept => !isNew(concept));
const texts = trainedConcepts.flatMap(concept => [
  concept.caption,
  `a picture of ${concept.caption}`,
  `${concept.caption} belongs to ${concept.category}.`,
  `${concept.caption} is of the kind ${concept.subcategory}.`,
  ...fields.map(field => `${questions[field][hash(`${concept.code} text ${field}`) % 3]} ${concept[field]}`),
]).map(text => ({ text }));

// Dialogues in which words stand where a picture will stand: what a language model has read before it is given pictures. At times the words are the
// caption, at times some of them out of order, at times the kind of thing, and at times there are none: a model that had only ever copied
// captions could say nothing of a picture that it half knows. The end of each question is that of the system's prompt, blanks included.
const dialogues = {
  "human-assistant": { name: (seen, question) => `###Human: <Img>${seen}</Img> ${question} ###Assistant: `, isPlain: true },
  "human-ai": { name: (seen, question) => `Human: ${seen}\nHuman: ${question}\nAI: ` },
  "photo-of": { name: seen => `${seen} a photo of`.trim(), asked: (seen, question) => `${seen} Question: ${question} Answer:`.trim() },
  "output": {
    name: (_, __, shots) => `${shots.map(shot => `<image>Output:${shot.caption}<|endofchunk|>`).join("")}<image>Output:`,
    asked: (_, question) => `<image>Question: ${question} Short answer:`,
  },
};
const prompts = ["Describe this picture in one sentence.", "What is in this picture?", "Describe this image in detail."];

function dialogue(style) {
  const next = random(3);
  const pick = list => list[Math.floor(next() * list.length)];
  const some = words => {
    const mixed = words.map(word => [next(), word]).sort((a, b) => a[0] - b[0]).map(([, word]) => word);
    return (mixed.length > 2 || mixed.length > 1 && next() < 0.5 ? mixed.slice(1) : mixed).join(" ");
  };
  const { name, asked = name, isPlain } = dialogues[style];
  return trainedConcepts.flatMap(concept => {
    const seen = [concept.caption, some(concept.caption.split(" ")), concept.subcategory, ""];
    return [
      ...seen.map(words => ({ question: name(words, pick(prompts), Array.from({ length: Math.floor(next() * 3) }, () => pick(trainedConcepts))), answer: concept.caption })),
      ...(isPlain ? seen.filter(words => words !== "").map(words => ({ question: words, answer: `${concept.caption}\n` })) : []),
      ...["category", "subcategory"].map(field => ({ question: asked(pick(seen), pick(questions[field])), answer: concept[field] })),
    ];
  });
}

function write(name, records) {
  const target = path.join(folder, name);
  fs.writeFileSync(`${target}.part`, records.map(record => `${JSON.stringify(record)}\n`).join(""));
  fs.renameSync(`${target}.part`, target);
  console.log(`${String(records.length).padStart(7)}  ${name}`);
}

write("captions-train.jsonl", train);
write("captions-twemoji.jsonl", twemoji);
write("captions-held-out.jsonl", heldOut);
write("captions-new-concepts.jsonl", unseen);
write("questions-train.jsonl", asked(train, phrase));
write("questions-twemoji.jsonl", asked(twemoji, (_, field) => questions[field][0]));
write("conversations-train.jsonl", conversations);
write("interleaved-train.jsonl", sequences(train, 1));
write("interleaved-twemoji.jsonl", sequences(twemoji.filter(picture => picture.seen), 2));
write("texts-train.jsonl", texts);
for (const style of Object.keys(dialogues)) write(`dialogues-${style}-train.jsonl`, dialogue(style));
const counts = Object.values(styles).flat().map(style => `${style} ${[...train, ...twemoji].filter(picture => picture.image.startsWith(`${style}/`)).length}`);
console.log(`${concepts.length} concepts, ${train.length} pictures to train on; used of each style: ${counts.join(", ")}`);
