/** The strings of 6.5 to 6.23 in hexadecimal; a `!` before one says that it is not UTF-8 (RFC 3629). */

export interface StringGroup {
  readonly group: string;
  readonly theme: string;
  readonly strings: readonly string[];
}

export const STRING_GROUPS: readonly StringGroup[] = [
  {
    group: "6.5",
    theme: "well-formed text with 1- to 4-byte characters",
    strings: ["68656c6c6f24776f726c64", "68656c6c6fc2a2776f726c64", "68656c6c6fe282ac776f726c64", "68656c6c6ff0a4ada2776f726c64", "cebae1bdb9cf83cebcceb5"],
  },
  {
    group: "6.6",
    theme: "every byte prefix of the Greek word",
    strings: ["!ce", "ceba", "!cebae1", "!cebae1bd", "cebae1bdb9", "!cebae1bdb9cf", "cebae1bdb9cf83", "!cebae1bdb9cf83ce", "cebae1bdb9cf83cebc", "!cebae1bdb9cf83cebcce", "cebae1bdb9cf83cebcceb5"],
  },
  {
    group: "6.7",
    theme: "lowest code point of each length 1-4",
    strings: ["00", "c280", "e0a080", "f0908080"],
  },
  {
    group: "6.8",
    theme: "lowest code point of the obsolete lengths 5 and 6",
    strings: ["!f888808080", "!fc8480808080"],
  },
  {
    group: "6.9",
    theme: "highest code point of lengths 1-4 (4: U+10FFFF)",
    strings: ["7f", "dfbf", "efbfbf", "f48fbfbf"],
  },
  {
    group: "6.10",
    theme: "highest code point of lengths 4 (above U+10FFFF), 5, 6",
    strings: ["!f7bfbfbf", "!fbbfbfbfbf", "!fdbfbfbfbfbf"],
  },
  {
    group: "6.11",
    theme: "around the surrogate gap, U+FFFD, U+10FFFF, U+110000",
    strings: ["ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "!f4908080"],
  },
  {
    group: "6.12",
    theme: "continuation bytes with no lead byte",
    strings: ["!80", "!bf", "!80bf", "!80bf80", "!80bf80bf", "!80bf80bf80", "!80bf80bf80bf", "!808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbe"],
  },
  {
    group: "6.13",
    theme: "lead bytes each followed by a space (c0-de, e0-ee, f0-f6, f8-fa, fc)",
    strings: ["!c020c120c220c320c420c520c620c720c820c920ca20cb20cc20cd20ce20cf20d020d120d220d320d420d520d620d720d820d920da20db20dc20dd20de20", "!e020e120e220e320e420e520e620e720e820e920ea20eb20ec20ed20ee20", "!f020f120f220f320f420f520f620", "!f820f920fa20", "!fc20"],
  },
  {
    group: "6.14",
    theme: "last continuation byte missing",
    strings: ["!c0", "!e080", "!f08080", "!f8808080", "!fc80808080", "!df", "!efbf", "!f7bfbf", "!fbbfbfbf", "!fdbfbfbfbf"],
  },
  {
    group: "6.15",
    theme: "the ten strings of 6.14 joined",
    strings: ["!c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf"],
  },
  {
    group: "6.16",
    theme: "bytes fe and ff",
    strings: ["!fe", "!ff", "!fefeffff"],
  },
  {
    group: "6.17",
    theme: "overlong '/'",
    strings: ["!c0af", "!e080af", "!f08080af", "!f8808080af", "!fc80808080af"],
  },
  {
    group: "6.18",
    theme: "highest overlong of each length",
    strings: ["!c1bf", "!e09fbf", "!f08fbfbf", "!f887bfbfbf", "!fc83bfbfbfbf"],
  },
  {
    group: "6.19",
    theme: "overlong NUL",
    strings: ["!c080", "!e08080", "!f0808080", "!f880808080", "!fc8080808080"],
  },
  {
    group: "6.20",
    theme: "single UTF-16 surrogates",
    strings: ["!eda080", "!edadbf", "!edae80", "!edafbf", "!edb080", "!edbe80", "!edbfbf"],
  },
  {
    group: "6.21",
    theme: "surrogate pairs",
    strings: ["!eda080edb080", "!eda080edbfbf", "!edadbfedb080", "!edadbfedbfbf", "!edae80edb080", "!edae80edbfbf", "!edafbfedb080", "!edafbfedbfbf"],
  },
  {
    group: "6.22",
    theme: "non-characters U+xFFFE, U+xFFFF of planes 0-16 (legal)",
    strings: ["efbfbe", "efbfbf", "f09fbfbe", "f09fbfbf", "f0afbfbe", "f0afbfbf", "f0bfbfbe", "f0bfbfbf", "f18fbfbe", "f18fbfbf", "f19fbfbe", "f19fbfbf", "f1afbfbe", "f1afbfbf", "f1bfbfbe", "f1bfbfbf", "f28fbfbe", "f28fbfbf", "f29fbfbe", "f29fbfbf", "f2afbfbe", "f2afbfbf", "f2bfbfbe", "f2bfbfbf", "f38fbfbe", "f38fbfbf", "f39fbfbe", "f39fbfbf", "f3afbfbe", "f3afbfbf", "f3bfbfbe", "f3bfbfbf", "f48fbfbe", "f48fbfbf"],
  },
  {
    group: "6.23",
    theme: "specials U+FFF9-U+FFFF (legal)",
    strings: ["efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe", "efbfbf"],
  },
];
