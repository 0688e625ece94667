// Scores of the search of the site: guides stand before internals, which are the reference and the pages for developers.
const INTERNAL = /^(api|data)\/|^(architecture|property_tests|contributing|releasing|changelog|benchmarks)$/;

var Scorer = {
  score: ([docname, , , , score]) => (INTERNAL.test(docname) ? score - 100 : score),
  // As Sphinx has them.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
