"""The content of `tokenizer.json`: the wheel's unigram vocabulary and character map in the format of the tokenizers library.

The map holds what XLM-R's SentencePiece model does to single characters. It turned out to be NFKC plus characters that are
dropped and characters that are read as a space (docs/decisions/0002), so it is written as exactly these steps. NFKC of a
whole text also joins a letter with a combining mark after it, as the original model does and the wheel's engine does not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from search_service.errors import ModelUnavailable
from search_service.model.packed_weights import Unigram, damaged

MASK = "<mask>"
METASPACE = "\u2581"  # stands for the space before a word in XLM-R's vocabulary


def tokenizer_content(unigram: Unigram, normal_forms: Mapping[str, str]) -> dict[str, object]:
    """Return the content of `tokenizer.json`; raise ModelUnavailable if the map holds more than the steps can say."""
    begin, end = unigram.pieces[unigram.begin], unigram.pieces[unigram.end]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [added_token(piece_id, unigram.pieces[piece_id]) for piece_id in special_ids(unigram)],
        "normalizer": {"type": "Sequence", "normalizers": normalizer_steps(normal_forms)},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {"type": "Metaspace", "replacement": METASPACE, "prepend_scheme": "always", "split": True},
            ],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special(begin), sequence("A"), special(end)],
            "pair": [special(begin), sequence("A"), special(end), special(end), sequence("B"), special(end)],
            "special_tokens": {
                token: {"id": token, "ids": [piece_id], "tokens": [token]}
                for token, piece_id in ((begin, unigram.begin), (end, unigram.end))
            },
        },
        "decoder": {"type": "Metaspace", "replacement": METASPACE, "prepend_scheme": "always", "split": True},
        "model": {
            "type": "Unigram",
            "unk_id": unigram.unknown,
            "vocab": [[piece, score] for piece, score in zip(unigram.pieces, unigram.scores, strict=True)],
            "byte_fallback": False,
        },
    }


def tokenizer_settings(unigram: Unigram, positions: int) -> dict[str, object]:
    """Return the content of `tokenizer_config.json`; `positions` is the longest input in tokens, special ones included.

    The generic class takes `tokenizer.json` as it stands; the class of XLM-R would put steps of its own in its place.
    """
    names = special_names(unigram)
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": positions,
        "padding_side": "right",
        "truncation_side": "right",
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
        **names,
    }


def special_names(unigram: Unigram) -> dict[str, str]:
    """Return the tokens with a meaning of their own by their name in transformers."""
    return {
        "bos_token": unigram.pieces[unigram.begin],
        "cls_token": unigram.pieces[unigram.begin],
        "eos_token": unigram.pieces[unigram.end],
        "sep_token": unigram.pieces[unigram.end],
        "pad_token": unigram.pieces[unigram.padding],
        "unk_token": unigram.pieces[unigram.unknown],
        "mask_token": MASK,
    }


def special_ids(unigram: Unigram) -> list[int]:
    """Return the ids of the special tokens, ascending."""
    if MASK not in unigram.pieces:
        raise damaged("dem Wortschatz fehlt „<mask>“")
    return sorted({unigram.begin, unigram.end, unigram.padding, unigram.unknown, unigram.pieces.index(MASK)})


def normalizer_steps(normal_forms: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the steps that do to a text what the map does to its characters."""
    dropped, spaces = exceptions_to_nfkc(normal_forms)
    return [
        replace(character_class(dropped), ""),
        replace(character_class(spaces), " "),
        {"type": "NFKC"},
        replace(" {2,}", " "),
    ]


def exceptions_to_nfkc(normal_forms: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the characters the map drops and those it reads as a space, where NFKC alone would not.

    Raises ModelUnavailable if the map departs from NFKC in any other way.
    """
    dropped: list[str] = []
    spaces: list[str] = []
    for character, form in normal_forms.items():
        if form == unicodedata.normalize("NFKC", character):
            continue
        if form not in ("", " "):
            raise unknown_normal_form(character)
        (spaces if form else dropped).append(character)
    return dropped, spaces


def unknown_normal_form(character: str) -> ModelUnavailable:
    """Return the error for a character the steps cannot express."""
    return damaged(f"die Zeichentabelle behandelt U+{ord(character):04X} anders als erwartet")


def character_class(characters: Iterable[str]) -> str:
    """Return a regular expression (Oniguruma) for one or more of `characters`; nothing matches for none."""
    points = "".join(f"\\x{{{ord(character):x}}}" for character in characters)
    return f"[{points}]" if points else "(?!)"


def replace(pattern: str, content: str) -> dict[str, object]:
    """Return the step that replaces what matches."""
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def special(token: str) -> dict[str, object]:
    """Return the template part for a special token."""
    return {"SpecialToken": {"id": token, "type_id": 0}}


def sequence(name: str) -> dict[str, object]:
    """Return the template part for the text itself."""
    return {"Sequence": {"id": name, "type_id": 0}}


def added_token(piece_id: int, content: str) -> dict[str, object]:
    """Return the entry of a special token; the mask swallows the space before it, as in XLM-R."""
    return {
        "id": piece_id,
        "content": content,
        "single_word": False,
        "lstrip": content == MASK,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }
