// Draws icon.png, 128 × 128: blocks of a heap beside a stack of frames. Written by hand
// (signed distances, 4 × 4 samples a pixel) so that no image library is needed to build.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";

const SIZE = 128;
const SAMPLES = 4;
const CLEAR = [0, 0, 0, 0];

/** x, y, width, height, corner radius, colour; later ones lie on top. */
const SHAPES = [
  [4, 4, 120, 120, 26, [18, 48, 63, 255]],
  // the stack: frames of equal width, the newest brightest
  [24, 84, 32, 16, 4, [0, 108, 138, 255]],
  [24, 64, 32, 16, 4, [0, 140, 172, 255]],
  [24, 44, 32, 16, 4, [0, 173, 216, 255]],
  [24, 24, 32, 16, 4, [93, 213, 242, 255]],
  // the heap: blocks of different sizes, and one that escaped
  [64, 24, 40, 28, 5, [43, 82, 99, 255]],
  [64, 56, 18, 18, 5, [43, 82, 99, 255]],
  [86, 56, 18, 18, 5, [253, 185, 84, 255]],
  [64, 78, 40, 22, 5, [43, 82, 99, 255]],
];

function inside([x, y, width, height, radius], px, py) {
  const dx = Math.abs(px - x - width / 2) - width / 2 + radius;
  const dy = Math.abs(py - y - height / 2) - height / 2 + radius;
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) <= radius;
}

function pixel(column, row) {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < SAMPLES * SAMPLES; sample += 1) {
    const px = column + ((sample % SAMPLES) + 0.5) / SAMPLES;
    const py = row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
    const colour = SHAPES.findLast((shape) => inside(shape, px, py))?.[5] ?? CLEAR;
    colour.forEach((value, index) => {
      sum[index] += index === 3 ? value : (value * colour[3]) / 255;
    });
  }
  const alpha = sum[3] / (SAMPLES * SAMPLES);
  return sum.map((value, index) =>
    Math.round(index === 3 ? alpha : alpha ? (value * 255) / (alpha * SAMPLES * SAMPLES) : 0),
  );
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

const rows = [];
for (let row = 0; row < SIZE; row += 1) {
  rows.push(0);
  for (let column = 0; column < SIZE; column += 1) rows.push(...pixel(column, row));
}
const header = Buffer.alloc(13);
header.writeUInt32BE(SIZE, 0);
header.writeUInt32BE(SIZE, 4);
header.set([8, 6], 8);
const png = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  chunk("IHDR", header),
  chunk("IDAT", deflateSync(Buffer.from(rows), { level: 9 })),
  chunk("IEND", Buffer.alloc(0)),
]);
writeFileSync(join(dirname(dirname(fileURLToPath(import.meta.url))), "icon.png"), png);
