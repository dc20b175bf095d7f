"""Check phrasebook files: form, order, duplicates, entries that cannot act, and forms that come out wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from normalize.counts import Counts
from normalize.inflect import TAGS, inflect, inflections
from normalize.phrasebook import CLASSES, SECTIONS, Entry, Example
from normalize.phrasebook_source import (
    Finding,
    Source,
    by_place,
    comments,
    cycles,
    duplicates,
    error_at,
    normal_form,
    note_at,
)  # fmt: skip

RARE_ORIGINAL = 0.5
"""An original at or below this rate per million honest words is itself a fingerprint: hardly what a writer wrote."""
RARE_ORIGINALS_EXPECTED = frozenset({"science"})
"""Families whose originals are terms of art, which general text hardly contains."""

_MARK = re.compile(r"\{[^{}|]+\|[^{}|]+\}")
_KINDS = {"verbs": "VERB", "nouns": "NOUN", "adjectives": "ADJ"}
"""Parts of speech as lemminflect calls them."""
_SURE_TAGS = {"verbs": "VBZ", "nouns": "NNS"}
"""The tag that every word of a part of speech inflects for."""


def lint(
    sources: Sequence[Source],
    counts: Counts,
    families: Collection[str],
    builtin: Path | None = None,
    context: Iterable[Entry] = (),
) -> list[Finding]:
    """Give all findings on phrasebook files, sorted by place.

    Args:
        sources: the files, in reading order (a later duplicate replaces an earlier one).
        counts: honest counts; without any, the checks that need them are left out.
        families: names of the known families; another one is an error below ``builtin``, elsewhere a note.
        builtin: the folder of the built-in phrasebook.
        context: further entries that examples may belong to.

    """
    findings = [finding for source in sources for finding in source.findings]
    entries = [entry for source in sources for entry in source.entries]
    for source in sources:
        if source.holds_entries:
            findings += _check_family(source, families, builtin)
            findings += () if source.broken else _check_form(source)
    findings += duplicates(sources)
    findings += cycles(entries)
    findings += _chains(entries)
    for entry in entries:
        findings += _check_entry(entry)
        findings += _check_originals(entry, counts)
    owners = {(entry.family, entry.spun) for entry in (*entries, *context)}
    findings += (finding for source in sources for e in source.examples for finding in _check_example(e, owners))
    findings += _check_inflections(entries, counts)
    return sorted(set(findings))


def _check_family(source: Source, families: Collection[str], builtin: Path | None) -> Iterator[Finding]:
    family = source.family
    if not family:
        return
    line = next((n for n, text in enumerate(source.text.splitlines(), 1) if re.match(r"\s*family\b", text)), 1)
    inside = builtin is not None and source.path.resolve().is_relative_to(builtin.resolve())
    if family not in families:
        known = f"the known ones are {', '.join(sorted(families))}"
        yield Finding(
            str(source.path), line, "error" if inside else "note", f"unknown family {family!r}; {known}", "family"
        )
    elif inside and source.path.resolve().parent.name != family:
        folder = source.path.resolve().parent.name
        yield Finding(
            str(source.path), line, "error", f"family {family!r} does not belong into the folder {folder}", "family"
        )


def _check_form(source: Source) -> Iterator[Finding]:
    path = str(source.path)
    for line in comments(source.text)[1]:
        yield Finding(
            path, line, "note", "--fix leaves a file with comments below its head alone; move them up", "comment"
        )
    ordered = True
    for section in (*SECTIONS, "examples"):
        items: list[Entry | Example] = [entry for entry in source.entries if entry.section == section]
        items = items if section != "examples" else list(source.examples)
        before: Entry | Example | None = None
        for item in sorted(items, key=lambda item: item.line):
            if before is not None and item.spun < before.spun:
                ordered = False
                yield error_at(item, f"{item.spun!r} must stand before {before.spun!r}; --fix sorts", "order")
            before = item
    wanted = normal_form(source)
    if wanted == source.text or comments(source.text)[1]:
        return
    lines, right = source.text.splitlines(), wanted.splitlines()
    allowed = set(right)
    wrong = [number for number, line in enumerate(lines, 1) if line not in allowed]
    if not wrong and ordered:
        differing = (n for n, pair in enumerate(zip(lines, right, strict=False), 1) if pair[0] != pair[1])
        wrong = [next(differing, len(lines))]
    for number in wrong[:1]:
        more = f" (and {len(wrong) - 1} more lines)" if len(wrong) > 1 else ""
        yield Finding(path, number, "error", f"not in normal form{more}; --fix writes it", "form")


def _chains(entries: Iterable[Entry]) -> Iterator[Finding]:
    known = by_place(entries)
    for entry in known.values():
        following = known.get((entry.family, entry.section, entry.originals[0]))
        if following and following.originals[0] != entry.spun and not (entry.swaps or following.swaps):
            chain = f"{entry.spun} → {following.spun} → {following.originals[0]}"
            yield note_at(entry, f"a chain: {chain} (the second step is not taken)", "chain")


def _check_entry(entry: Entry) -> Iterator[Finding]:
    """Find what keeps an entry, or a part of it, from ever acting."""
    spun = entry.spun
    if not any(char.isalpha() for char in spun):
        yield error_at(entry, f"{spun!r} has no letters and never acts", "never")
    if entry.section == "names" and spun == spun.lower():
        yield error_at(
            entry, f"the name {spun!r} has no capital; write it as it stands, or move it to [phrases]", "capitals"
        )
    if any(original.lower() == spun.lower() for original in entry.originals):
        yield error_at(entry, f"{spun!r} maps to itself but for capitals", "self-map")
    if len(set(entry.originals)) < len(entry.originals):
        yield error_at(entry, f"{spun!r} names an original twice; --fix merges them", "repetition")
    for side in ("after", "before", "near"):
        unless, only = (getattr(entry.conditions, f"{kind}_{side}") for kind in ("unless", "only"))
        if both := sorted(set(unless) & set(only)):
            yield error_at(entry, f"unless_{side} and only_{side} both name {both[0]!r}", "condition")
        for kind, words in (("unless", unless), ("only", only)):
            name = f"{kind}_{side}"
            if len(set(words)) < len(words):
                yield error_at(entry, f"{name} names a word twice; --fix merges them", "repetition")
            for word in words:
                yield from _check_neighbour(entry, name, word)


def _check_neighbour(entry: Entry, name: str, word: str) -> Iterator[Finding]:
    if word.startswith("<"):
        if word not in CLASSES:
            yield error_at(entry, f"{name} names the unknown class {word!r}; use {', '.join(CLASSES)}", "condition")
        elif name.endswith("_near"):
            yield error_at(entry, f"{name} takes words only, not the class {word!r}", "condition")
    elif word != word.lower() or "’" in word or word != " ".join(word.split()):
        yield error_at(entry, f"{name} never meets {word!r}: lower case, single blanks and ' are compared", "condition")


def _check_originals(entry: Entry, counts: Counts) -> Iterator[Finding]:
    if entry.family in RARE_ORIGINALS_EXPECTED:
        return
    for original in entry.originals:
        rate = counts.clean_rate(original)
        if rate is not None and rate <= RARE_ORIGINAL:
            told = f"{rate:.2g} times in a million honest words, or was not counted yet"
            yield note_at(entry, f"the original {original!r} of {entry.spun!r} stands {told}", "rare-original")


def _check_example(example: Example, owners: Collection[tuple[str, str]]) -> Iterator[Finding]:
    if (example.family, example.spun) not in owners:
        yield error_at(
            example, f"examples of {example.spun!r}, but the family {example.family} has no such entry", "example"
        )
    for sentence in example.change:
        if not _MARK.search(sentence):
            yield error_at(example, f"no place is marked {{spun form|original}} in: {sentence}", "example")
    for sentence in example.keep:
        if _MARK.search(sentence):
            yield error_at(example, f"a sentence to keep has a marked place: {sentence}", "example")


def _check_inflections(entries: Iterable[Entry], counts: Counts) -> Iterator[Finding]:
    """Find lemmas that do not inflect, are no base forms, or come out in a spelling that nobody uses; each one once."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if entry.section not in TAGS:
            continue
        for lemma in (entry.spun, *entry.originals):
            if (entry.section, lemma) not in seen:
                seen.add((entry.section, lemma))
                for rule, message in _wrong_inflections(entry.section, lemma, counts):
                    yield note_at(entry, message, rule)


def _wrong_inflections(section: str, lemma: str, counts: Counts) -> Iterator[tuple[str, str]]:
    from lemminflect import getAllLemmas

    if section in _SURE_TAGS:
        kind = _KINDS[section]
        head = _head(section, lemma)
        if not inflect(lemma, section, _SURE_TAGS[section]) or not any(char.isalpha() for char in head):
            yield "inflection", f"{lemma!r} does not inflect; move it to [phrases]"
            return
        lemmas = getAllLemmas(head, upos=kind).get(kind, (head,))
        if head not in lemmas:
            yield (
                "base-form",
                f"{lemma!r} looks like a form of {lemmas[0]!r}; write the base form or move it to [phrases]",
            )
            return
    used = {form for pair in inflections(section, lemma, lemma, counts.frequency) for form in pair} - {lemma}
    for form in sorted(used):
        if not counts.frequency(form):
            found = [(counts.frequency(rival), rival) for rival in _rivals(section, lemma, form)]
            times, rival = max(found, default=(0, ""))
            if times:
                yield (
                    "inflection",
                    f"{form!r} (of {lemma!r}) never occurs in honest English, {rival!r} does {times} times",
                )


def _head(section: str, lemma: str) -> str:
    """Give the word of a lemma that is inflected: the first of a verb, else the last; after a hyphen its last part."""
    words = lemma.split(" ")
    return (words[0] if section == "verbs" else words[-1]).rpartition("-")[2]


def _rivals(section: str, lemma: str, form: str) -> set[str]:
    """Give the other spellings of an inflected form that lemminflect knows or would make by rule."""
    from lemminflect import getAllInflectionsOOV, getInflection

    head = _head(section, lemma)
    by_rule = getAllInflectionsOOV(head, _KINDS[section])
    rivals: set[str] = set()
    for tag in TAGS[section][1:]:
        heads = {*getInflection(head, tag), *by_rule.get(tag, ())}
        spellings = {_replace_head(section, lemma, head, spelling) for spelling in heads}
        if form in spellings or form in inflect(lemma, section, tag):
            rivals |= spellings
    return rivals - {form, lemma}


def _replace_head(section: str, lemma: str, head: str, spelling: str) -> str:
    if section != "verbs":
        return lemma.removesuffix(head) + spelling
    first, blank, rest = lemma.partition(" ")
    return first.removesuffix(head) + spelling + blank + rest
