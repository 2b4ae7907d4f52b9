// All tests of the component: `node --test-reporter component/tests/reporter.mjs` runs them.

import "./catalogue.test.mjs";
import "./cases.test.mjs";
