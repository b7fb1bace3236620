// Loaded ahead into every Node.js process of an operation (NODE_OPTIONS). In the process that runs
// the dynamic provider it notes the peak of the resident memory in bytes, a line each time: the
// engine ends that process without giving it a last word.
const { appendFileSync } = require("node:fs");

const file = process.env["PEAK_MEMORY_FILE"];
const note = () => {
  if (process.argv[1]?.includes("dynamic-provider")) {
    appendFileSync(file, `${process.resourceUsage().maxRSS * 1024}\n`);
  }
};
if (file !== undefined) setInterval(note, 50).unref();
