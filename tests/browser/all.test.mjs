// The one file that `node --test` runs: one club and one browser for everything. Each of the others can be
// run alone as well: `node --test tests/browser/axe.mjs`.

import "./axe.mjs";
import "./groups.mjs";
import "./joining.mjs";
import "./journeys.mjs";
import "./keyboard.mjs";
import "./plain.mjs";
import "./titles.mjs";
