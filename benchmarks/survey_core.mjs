// Validates responses with survey-core: reads {"form", "responses", "rounds"} from a file, prints milliseconds.
// One model is made and given one response after the other; beside it, a model made anew for every response.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Model, settings } = createRequire(join(process.cwd(), "package.json"))("survey-core");
const { form, responses, rounds } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
const verdicts = [];
const timed = (work) => {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const response of responses) {
      const begin = performance.now();
      const verdict = work(response);
      times.push(performance.now() - begin);
      if (verdicts.length < responses.length) verdicts.push(verdict);
    }
  }
  return median(times);
};
// Answers to what is not asked are dropped, as they are on submission.
const kept = new Model(form);
const reused = timed((response) => {
  kept.clear();
  kept.data = response;
  return kept.validate(false, false);
});
const anew = timed((response) => {
  const model = new Model(form);
  model.data = response;
  return model.validate(false, false);
});
console.log(JSON.stringify({ reused, anew, verdicts, loaded: Boolean(settings) }));
