"""Malformed suite files."""

from __future__ import annotations

from .valid import SUITE, Case

NAME = "order.promptevo.yaml"


def row(number: int, text: str, said: str, line: int | None = None) -> Case:
    """Replaces a line of the valid suite."""
    rows = SUITE.splitlines(keepends=True)
    rows[number - 1] = f"{text}\n" if text else ""
    return Case("".join(rows), said, line or number)


def more(text: str, said: str, line: int = 38) -> Case:
    """Adds lines to the valid suite."""
    return Case(f"{SUITE}{text}\n", said, line)


NO_YAML = [
    Case("", "a suite file must be a mapping", 1),
    Case("- a\n", "a suite file must be a mapping", 1),
    Case("just text\n", "a suite file must be a mapping", 1),
    Case(b"suite: a\ngolden: \xff\n", "not UTF-8 text", 2),
    Case(b"\xff\xfes\x00u\x00", "not UTF-8 text", 1),
    Case(SUITE.replace("max_repairs", "\tmax_repairs"), "not valid YAML", 28),
    Case(SUITE.replace("  max_repairs", "\tmax_repairs"), "line 28 starts with a tab", 28),
    Case(SUITE.replace("  max_repairs", "\tmax_repairs"), "hint: YAML wants spaces", 28),
    Case(SUITE.replace("Extract., Reply.]", "Extract., Reply."), "not valid YAML", 20),
    Case(SUITE.replace('"{{persona}}"', '"{{persona}}'), "not valid YAML", 12),
    Case(SUITE.replace("draft: false", "draft: \x08false"), "unacceptable character #x0008", 37),
    Case(SUITE.replace("Exact.]", "é😀\x00]"), "unacceptable character #x0000", 20),
    more("a: @b", "not valid YAML"),
    more("a: `b`", "not valid YAML"),
    more("a: %b", "not valid YAML"),
    more("a: b: c", "not valid YAML"),
    more("a: 'b\n\n", "not valid YAML: a quotation mark that stands here is"),
    more(" a: 1", "not valid YAML"),
    more("a: {b: 1", "not valid YAML", 39),
    more("suite: again", "duplicate key 'suite'"),
    row(16, "  temperature: 0.7\n  temperature: 0.8", "duplicate key 'temperature'", 17),
    row(31, "  quality: {weight: 1.0, weight: 2.0}", "duplicate key 'weight'"),
    row(35, "threshold: &t 0.8", "anchors and aliases are not supported"),
    row(35, "threshold: *t", "anchors and aliases are not supported"),
    row(35, "&t threshold: 0.8", "anchors and aliases are not supported"),
    row(35, "threshold: !!float 0.8", "tag 'tag:yaml.org,2002:float' is not supported"),
    row(11, "  instruction: !!python/name:os.system", "is not supported"),
    row(11, "  instruction: !include other.yaml", "tag '!include' is not supported"),
    more("---\nsuite: b", "more than one document"),
    more("? [a, b]\n: 1", "a key must be a plain name"),
    more("<<<<<<< HEAD", "merge-conflict marker '<<<<<<<'"),
    row(35, "=======\nthreshold: 0.9", "merge-conflict marker '======='"),
    row(1, ">>>>>>> branch", "merge-conflict marker '>>>>>>>'"),
    more("deep: " + "[" * 80 + "]" * 80, "nested more than 64 levels deep"),
    more("deep:\n" + "- " * 80 + "a", "nested more than 64 levels deep", 39),
]

KEYS = [
    more("treshold: 0.9", "unknown key 'treshold' in the suite\n  hint: did you mean 'threshold'?"),
    more("Suite: a", "did you mean 'suite'?"),
    more("scorer: [exact_match]", "did you mean 'scorers'?"),
    more("model: a", "did you mean 'models'?"),
    more("zzzzzz: 1", "known: draft, genome, golden"),
    more("? ''\n: 1", "unknown key ''"),
    row(28, "  max_repair: 2", "did you mean 'max_repairs'?"),
    row(28, "  json_schema: {}", "unknown key 'json_schema' in output"),
    row(6, '  sytem: "{{persona}}"', "did you mean 'system'?"),
    row(31, "  quality: {wieght: 1.0}", "did you mean 'weight'?"),
    row(32, "  latency: {weight: -1}", "did you mean 'latency_ms'?"),
    row(24, "  temperature: {low: 0, hihg: 1}", "did you mean 'high'?"),
    row(24, "  temperature: {low: 0, high: 1, stepp: 1}", "did you mean 'step'?"),
    row(21, "  shots: {few_shot: shots.csv, maxi: 2}", "did you mean 'max'?"),
    row(2, "", "golden: is missing", 1),
    row(29, "", "scorers: is missing", 1),
    row(35, "", "threshold: is missing", 1),
    Case(SUITE.replace("models:\n  primary: scripted:answers:echo\n", ""), "models: is missing", 1),
]

TYPES = [
    row(1, "suite: 7", "suite: should be a text (found 7)"),
    row(1, "suite: [a]", "suite: should be a text"),
    row(1, "suite: a b", "suite: String should match pattern"),
    row(1, "suite: a/b", "suite: String should match pattern"),
    row(1, "suite: ../a", "suite: String should match pattern"),
    row(1, "suite: ''", "suite: String should match pattern"),
    row(1, f"suite: {'a' * 81}", "suite: String should match pattern"),
    row(2, "golden: 7", "should be a text (found 7)"),
    row(2, "golden: {a: 1}", "should be a text"),
    row(2, "golden:", "should be a text (found None)"),
    row(3, "models: []\nx:", "models: should be a mapping"),
    row(4, "  primary: 7", "models.primary: should be a text (found 7)"),
    row(4, "  primary: {name: a}", "models.primary: should be a text"),
    row(5, "prompt: 7\nx:", "prompt: should be a mapping"),
    row(6, "  system: 7", "prompt.system: should be a text (found 7)"),
    row(6, "  system: [a]", "prompt.system: should be a text"),
    row(26, "output: text\nx:", "output: should be a mapping"),
    row(27, "  format: xml", "output.format: should be 'text', 'label' or 'json'"),
    row(27, "  format: Text", "output.format: should be 'text', 'label' or 'json'"),
    row(28, "  max_repairs: two", "output.max_repairs: should be a valid integer (found 'two')"),
    row(28, "  max_repairs: -1", "output.max_repairs: should be greater than or equal to 0"),
    row(28, "  max_repairs: 11", "output.max_repairs: should be less than or equal to 10"),
    row(28, "  max_repairs: 1.5", "output.max_repairs: should be a valid integer"),
    row(28, "  constrain: yes", "output.constrain: should be true or false (found 'yes')"),
    row(28, "  labels: a", "output.labels: should be a list"),
    row(28, "  labels: [1, 2]", "output.labels.0: should be a text"),
    row(29, "scorers: exact_match", "scorers: should be a list (found 'exact_match')"),
    row(29, "scorers: []", "scorers: should not be empty"),
    row(29, "scorers: [7]", "should be a text (found 7)"),
    row(29, "scorers: [[exact_match]]", "should be a text"),
    row(30, "objectives: []\nx:", "objectives: should be a mapping"),
    row(31, "  quality: 1.0", "objectives.quality: should be a mapping"),
    row(31, "  quality: {weight: high}", "objectives.quality.weight: should be a valid number"),
    row(31, "  quality: {weight: true}", "objectives.quality.weight: should be a valid number"),
    row(31, "  quality: {weight: 1.0e+308}", "weight: should be less than or equal to 1000000000"),
    row(31, "  quality: {min: .inf}", "objectives.quality.min: should be a valid number"),
    row(35, "threshold: high", "threshold: should be a valid number (found 'high')"),
    row(35, "threshold: 80%", "threshold: should be a valid number (found '80%')"),
    row(35, "threshold: .nan", "threshold: should be a valid number (found '.nan')"),
    row(35, "threshold: [0.8]", "threshold: should be a valid number"),
    row(35, "threshold:", "threshold: should be a valid number (found None)"),
    row(36, "pass_mark: 0", "pass_mark: should be greater than or equal to 0.000001"),
    row(36, "pass_mark: 1.0e-12", "pass_mark: should be greater than or equal to 0.000001"),
    row(35, "threshold: -1.0e+308", "threshold: should be greater than or equal to -1000000000"),
    row(36, "pass_mark: 1.1", "pass_mark: should be less than or equal to 1"),
    row(36, "pass_mark: '1'", "pass_mark: should be a valid number"),
    row(37, "draft: yes", "draft: should be true or false (found 'yes')"),
    row(37, "draft: 1", "draft: should be true or false (found 1)"),
]

FILES = [
    row(2, "golden: missing.jsonl", "no such file: missing.jsonl"),
    row(2, "golden: .", "'.' is a folder, not a file"),
    row(2, "golden: ''", "no such file: "),
    row(2, "golden: ../golden.jsonl", "'../golden.jsonl' leaves the project's folder"),
    row(2, "golden: /etc/passwd", "'/etc/passwd' leaves the project's folder"),
    row(2, 'golden: "golden\\0.jsonl"', "is no path"),
    row(2, f"golden: {'x' * 400}.jsonl", "is no path"),
    row(2, "golden: []", "holds no examples"),
    row(2, "golden: [7]", "an example must be a mapping, not 7"),
    row(2, "golden:\n  - inputs: {}\n    expected: 1\n  - text", "not a text", 5),
    row(2, "golden: [{inputs: {}, expcted: 1}]", "did you mean 'expected'?"),
    row(2, "golden: [{inputs: {message: a}}]", "expected: is missing"),
    row(21, "  shots: {few_shot: missing.csv, max: 2}", "no such file: missing.csv"),
    row(21, "  shots: {few_shot: ../shots.csv, max: 2}", "leaves the project's folder"),
    row(21, "  shots: {few_shot: [], max: 2}", "holds no examples"),
    row(21, "  shots: {few_shot: [{inputs: {}}], max: 2}", "expected: is missing"),
    row(27, "  format: json\n  schema: missing.json", "no such file: missing.json", 28),
    row(27, "  format: json\n  schema: ../a.json", "leaves the project's folder", 28),
]

MODELS = [
    row(4, "  primary: gpt-4o", "model reference 'gpt-4o' must look like kind:name"),
    row(4, "  primary: olama:qwen", "unknown kind of model 'olama': did you mean 'ollama'?"),
    row(4, "  primary: 'ollama:'", "must look like kind:name"),
    row(3, "models: {}\nx:", "models: should not be empty"),
    row(
        15,
        "  model: primry",
        "shipped value of 'model': 'primry' is not the one value that there is",
    ),
    Case(
        SUITE.replace("  model: [primary]\n", "").replace("model: primary", "model: primry"),
        "unknown model role 'primry'\n  hint: did you mean 'primary'?",
        15,
    ),
    row(15, "  model: 7", "shipped value of 'model': 7 is not the one value that there is"),
    row(15, "  model: [primary]", "shipped value of 'model'"),
    row(23, "  model: [primary, codign]", "unknown model role 'codign'"),
    row(23, "  model: [primary, 7]", "model must be the name of a role, not 7"),
    row(23, "  model: {low: 0, high: 1}", "model must be the name of a role, not 0"),
]

PROMPT = [
    row(5, "target: a:b\nprompt:", "a suite needs either 'prompt' or 'target', not both", 5),
    Case(
        SUITE.replace(SUITE[SUITE.index("prompt:") : SUITE.index("genome:")], ""),
        "a suite needs either 'prompt' or 'target'",
        1,
    ),
    row(5, "target: no function\nprompt:", "target: String should match pattern", 5),
    row(
        9,
        "    Message: {{mesage}}",
        "{{mesage}} is neither a gene nor an input of example 'o-1'",
        9,
    ),
    row(9, "    Message: {{mesage}}", "did you mean 'message'?", 9),
    row(6, '  system: "{{persna}}"', "gene 'persona' stands nowhere in the prompt", 20),
    row(6, '  system: "{{persona}} {{x}}"', "{{x}} is neither a gene nor an input"),
    row(9, "    {{temperature}}: {{message}}", "{{temperature}} is neither a gene nor an input", 9),
    row(11, "  instruction: 'Read {{mail}}'", "shipped value of 'instruction'"),
    row(19, "  instruction: [Extract., 'Read {{mail}}']", "{{mail}} is neither a gene nor", 19),
    row(8, "    Do it.", "gene 'instruction' stands nowhere in the prompt", 19),
    row(9, "    Message: {{ message | upper }}", "{{ message | upper }} computes something", 9),
    row(9, "    Message: {{message.text}} {{message}}", "write {{message}}, which puts the", 9),
    row(19, "  instruction: [Extract., '{{message|trim}}']", "{{message|trim}} computes something"),
    row(9, "    Message: {message}", "no input of the examples (message) stands in the prompt", 7),
    row(7, "  user: ''\n  x: |", "prompt.user: should not be empty", 7),
]

GENES = [
    row(16, "  temperature: hot", "shipped value of 'temperature': 'hot' is not a number"),
    row(16, "  temperature: 1.5", "shipped value of 'temperature': 1.5 is outside 0.0 to 1.0"),
    row(16, "  temperature: [0.7]", "shipped value of 'temperature'"),
    row(17, "  max_tokens: 7", "shipped value of 'max_tokens': 7 is outside 8 to 256"),
    row(17, "  max_tokens: 8.5", "shipped value of 'max_tokens': 8.5 is not a whole number"),
    row(17, "  max_tokens: 8.5", "hint: write a whole number"),
    row(17, f"  max_tokens: -1{'0' * 400}", "is outside 8 to 256"),
    row(17, f"  max_tokens: '1{'0' * 400}'", "hint: let search.max_tokens hold"),
    row(16, "", "gene 'temperature' has no shipped value", 23),
    row(11, "  instruction: Other.", "'Other.' is none of the 2 values"),
    row(11, "  instruction: 7", "shipped value of 'instruction': 7 is none of the 2 values"),
    row(11, "  instruction: Extract.\n  instructon: x", "gene 'instructon' stands nowhere", 12),
    row(11, "  instruction: Extract.\n  temprature: 1", "did you mean 'temperature'?", 12),
    row(11, "  instruction: Extract.\n  message: x", "'message' is a gene and an input", 12),
    row(11, "  instruction: Extract.\n  top_p: 2", "top_p must be a number from 0 to 1, not 2", 12),
    row(11, "  instruction: Extract.\n  top_k: 1.5", "top_k must be a whole number from 0", 12),
    row(11, "  instruction: Extract.\n  seed: a", "seed must be a whole number, not 'a'", 12),
    row(11, "  instruction: Extract.\n  stop: 7", "stop must be a text or a list of texts", 12),
    row(11, "  instruction: Extract.\n  stop: [7]", "stop must be a text or a list of texts", 12),
    row(11, "  instruction: Extract.\n  think: 1", "think must be true or false, not 1", 12),
    row(11, "  instruction: Extract.\n  num_ctx: 0", "num_ctx must be a whole number from 1", 12),
    row(14, "  cot: no", "shipped value of 'cot': 'no' is none of the 2 values"),
    row(14, "  cot: 0", "shipped value of 'cot': 0 is none of the 2 values"),
    row(13, "  shots: s-1", "shipped value of 'shots': 's-1' is not a list of example ids"),
    row(13, "  shots: [s-9]", "'s-9' is no example of the pool"),
    row(13, "  shots: [7]", "7 is no example of the pool"),
    row(13, "  shots: [s-1, s-1]", "an example stands twice"),
    row(13, "  shots: [s-1, s-2, s-1]", "an example stands twice"),
    row(10, "genome: []\nx:", "genome: should be a mapping", 10),
    row(18, "search: []\nx:", "search: should be a mapping", 18),
]

SEARCH = [
    row(19, "  instruction: Extract.", "gene 'instruction' must be a list of values or a mapping"),
    row(19, "  instruction:", "gene 'instruction' must be a list of values or a mapping"),
    row(19, "  instruction: []", "gene 'instruction': a choice needs at least one value"),
    row(19, "  instruction: [Extract., Extract.]", "gene 'instruction': a value stands twice"),
    row(19, "  instruction: [Extract., [Reply.]]", "instruction must be a text, not ('Reply.',)"),
    row(19, "  instruction: [Extract., null]", "instruction must be a text, not None"),
    row(19, "  instruction: {low: 0, high: 1}", "'Extract.' is not a number", 11),
    row(19, "  instruction: {grow: 3}", "grow must be a mapping"),
    row(19, "  instruction: {grow: {by: nobody}}", "unknown model role 'nobody'"),
    row(19, "  instruction: {grow: {max: -1}}", "max must be 1 or more"),
    row(19, "  instruction: {texts: 7}", "texts must be a list of texts"),
    row(19, "  instruction: {texts: ['{{other}}'], grow: {}}", "the same placeholders"),
    row(21, "  shots: {grow: {}}", "texts and grow belong to texts, not to 'shots'"),
    row(20, "  persona: {few_shot: shots.csv}", "few_shot belongs to the gene 'shots'"),
    row(21, "  shots: [[], [s-1]]", "few_shot belongs to the gene 'shots'"),
    row(21, "  shots: {low: 0, high: 2}", "few_shot belongs to the gene 'shots'"),
    row(21, "  shots: {max: 2}", "unknown key 'max'"),
    row(21, "  shots: {few_shot: 7}", "few_shot must be a file or a list, not 7"),
    row(21, "  shots: {few_shot: shots.csv, max: two}", "max and min must be whole numbers"),
    row(21, "  shots: {few_shot: shots.csv, max: -1}", "max and min must be whole numbers"),
    row(21, "  shots: {few_shot: shots.csv, max: 1, min: 2}", "between 0 and 1 examples, not 2"),
    row(21, "  shots: {few_shot: shots.csv, min: 1}", "0 examples, not 1 to 2", 13),
    row(22, "  cot: [false, 1]", "cot must be true or false, not 1"),
    row(22, "  cot: [no, yes]", "cot must be true or false, not 'no'"),
    row(24, "  temperature: [cold, hot]", "temperature must be a number from 0 to 2"),
    row(24, "  temperature: {low: 0}", "gene 'temperature' needs a number as 'high'"),
    row(24, "  temperature: {low: a, high: 1}", "gene 'temperature' needs a number as 'low'"),
    row(24, "  temperature: {low: true, high: 1}", "gene 'temperature' needs a number as 'low'"),
    row(24, "  temperature: {low: 1, high: 0}", "low 1.0 is above high 0.0"),
    row(24, "  temperature: {low: 0, high: 1, step: 0}", "step must be > 0"),
    row(24, "  temperature: {low: 0, high: 1, step: -1}", "step must be > 0"),
    row(24, "  temperature: {low: 0, high: 1, step: a}", "step must be a number, not 'a'"),
    row(24, "  temperature: {low: 0, high: 1, step: 1e-9}", "more than 100,000 steps"),
    row(24, "  temperature: {low: 0, high: 1, log: true}", "a log scale needs low > 0"),
    row(24, "  temperature: {low: 0, high: 1, log: yes}", "log must be true or false, not 'yes'"),
    row(
        24, "  temperature: {low: 0, high: 1, type: real}", "type must be int or float, not 'real'"
    ),
    row(24, "  temperature: {low: 0, high: 1.5, type: int}", "must be whole numbers"),
    row(24, "  temperature: {low: 0, high: 3}", "temperature must be a number from 0 to 2"),
    row(24, "  temperature: {low: -1, high: 1}", "temperature must be a number from 0 to 2"),
    row(
        25,
        "  max_tokens: {low: 0, high: 64}",
        "max_tokens must be a whole number from 1 to 1,000,000",
    ),
    row(25, "  max_tokens: {low: 8, high: 64, step: 1, log: true}", "step is a factor > 1"),
    row(25, "  max_tokens: {low: 8, high: 64, step: 1.0000001, log: true}", "100,000 steps"),
    row(25, "  max_tokens: {low: 8, high: 64.5}", "max_tokens must be a whole number from 1"),
]

OUTPUT = [
    row(27, "  format: label", "format label needs labels: [...]", 26),
    row(27, "  labels: [a, b]", "labels belong to format: label"),
    row(27, "  format: label\n  labels: [Bug, bug]", "two labels differ in case at most", 28),
    row(27, "  format: label\n  labels: [a, a]", "two labels differ in case at most", 28),
    row(27, "  schema: {type: object}", "schema belongs to format: json"),
    row(27, "  format: json\n  constrain: true", "constrain needs a schema", 28),
    row(27, "  format: json\n  schema: {type: objekt}", "not a usable JSON Schema", 28),
    row(27, "  format: json\n  schema: {type: 7}", "not a usable JSON Schema", 28),
    row(27, "  format: json\n  schema: {$ref: '#/x'}", "not a usable JSON Schema", 28),
    row(27, "  format: json\n  schema: {$ref: 'http://a.b/c'}", "must stay in the schema", 28),
    row(27, "  format: json\n  schema: {pattern: '('}", "not a usable JSON Schema", 28),
    row(27, "  format: json\n  schema: 7", "should be a mapping", 28),
]

SCORERS = [
    row(29, "scorers: [exact_mach]", "unknown scorer 'exact_mach': did you mean 'exact_match'?"),
    row(29, "scorers: [judgd]", "unknown scorer 'judgd': did you mean 'judge'?"),
    row(
        29,
        "scorers: [judge]",
        "options of judge: 'question' is missing: write {judge: {question: ...}}",
    ),
    row(29, "scorers: [{judge: {question: Good?}}]", "scorer judge: unknown model role 'judge'"),
    row(29, "scorers: [{judge: {question: Good?, role: primry}}]", "did you mean 'primary'?"),
    row(
        29,
        "scorers: [{judge: {question: A?, role: primry}}, {judge: {question: B?, role: primary}}]",
        "scorer judge: unknown model role 'primry'",
    ),
    row(29, "scorers: [{judge: {question: 7}}]", "question must be a text, not 7"),
    row(29, "scorers: [{judge: {question: Good?, good: maybe}}]", "good must be yes or no"),
    row(29, "scorers: [{judge: {question: Good?, grades: 1}}]", "grades must be from 2 to 10"),
    row(29, "scorers: [{judge: {question: Good?, grades: true}}]", "grades must be from 2 to 10"),
    row(29, "scorers: [{}]", "a scorer is a name, or one name with its options"),
    row(29, "scorers: [{exact_match: {}, label: {}}]", "a scorer is a name, or one name"),
    row(29, "scorers: [{exact_match: 7}]", "options of exact_match must be a mapping"),
    row(
        29,
        "scorers: [{exact_match: {case: 1}}]",
        "unknown option 'case': known: ignore_case, weight",
    ),
    row(
        29, "scorers: [{numeric: {abstol: 1}}]", "unknown option 'abstol': did you mean 'abs_tol'?"
    ),
    row(29, "scorers: [{exact_match: {ignore_case: no}}]", "must be true or false, not 'no'"),
    row(29, "scorers: [{regex: {pattern: '('}}]", "options of regex: '(' is no pattern: missing )"),
    row(29, "scorers: [{numeric: {abs_tol: -1}}]", "tolerances must not be negative"),
    row(29, "scorers: [{numeric: {abs_tol: a}}]", "options of numeric"),
    row(29, "scorers: [{json_schema: {fields: a}}]", "fields must be a list of names, not 'a'"),
    row(29, "scorers: [{exact_match: {weight: 0}}]", "weight of exact_match must be a number"),
    row(29, "scorers: [numeric, {numeric: {weight: 2}}]", "numeric is named twice: once, with a"),
    row(29, "scorers: [{exact_match: {weight: 1.0e+308}}]", "above 0, 1,000,000,000 at most"),
    row(29, f"scorers: [{{exact_match: {{weight: 1{'0' * 400}}}}}]", "1,000,000,000 at most"),
    row(29, "scorers: [{numeric: {abs_tol: lots}}]", "abs_tol must be a number, not 'lots'"),
    row(29, "scorers: ['python:no_module:f']", "cannot import 'python:no_module:f'"),
    row(29, "scorers: ['python:']", "cannot import 'python:'"),
    row(29, "scorers: ['python:numpy:pi']", "cannot import 'python:numpy:pi': 'pi' is not"),
]

EXAMPLES = [
    row(
        2,
        "golden: [{id: a, inputs: {message: x}, expected: 1, scorers: {exact_mtch: {}}}]",
        "example 'a' has options for scorer 'exact_mtch'\n  hint: did you mean 'exact_match'?",
        29,
    ),
    row(
        2,
        "golden: [{id: a, inputs: {message: x}, expected: 1, scorers: {exact_match: {case: 1}}}]",
        "example 'a': options of exact_match: unknown option 'case': known: ignore_case",
        29,
    ),
    row(
        2,
        "golden: [{id: a, inputs: {mail: x}, expected: 1}]",
        "{{message}} is neither a gene nor an input of example 'a'",
        9,
    ),
    row(
        21,
        "  shots: {few_shot: [{id: s, inputs: {mail: x}, expected: 1}], max: 1}",
        "example 's' has no input 'message', which the prompt names (it has: 'mail')",
        21,
    ),
]

OBJECTIVES = [
    row(31, "  quality: {weight: 0}", "weight of quality must be above 0"),
    row(31, "  quality: {weight: -1}", "weight of quality must be above 0"),
    row(31, "  quality: {weight: 0.5}", "no genome can reach the threshold 0.8", 35),
    row(31, "  quality: {min: 1.1}", "quality is at most 1"),
    row(32, "  latency_ms: {weight: 0.001}", "weight of latency_ms must not be above 0"),
    row(33, "  tokens: {weight: 1}", "weight of tokens must not be above 0"),
    row(34, "  repairs: {weight: 0.1}", "weight of repairs must not be above 0"),
    row(35, "threshold: 1.01", "no genome can reach the threshold 1.01"),
    row(35, "threshold: 80", "no genome can reach the threshold 80"),
]

CASES = [
    case
    for part in (
        NO_YAML, KEYS, TYPES, FILES, MODELS, PROMPT, GENES, SEARCH, OUTPUT, SCORERS, EXAMPLES,
        OBJECTIVES,
    )
    for case in part
]  # fmt: skip
