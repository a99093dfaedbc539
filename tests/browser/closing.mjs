// Ends the club and the browser after the last test of the process.

import { after } from "node:test";
import { close } from "./harrier.mjs";

after(close);
