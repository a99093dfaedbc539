// The one file that `node --test` runs: one club and one browser for everything.

import { after } from "node:test";
import { close } from "./harrier.mjs";
import "./axe.mjs";
import "./journeys.mjs";
import "./plain.mjs";

after(close);
