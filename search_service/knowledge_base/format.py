"""The versions of the on-disk format, with their history. The format is an API: reader and writer are both in this package.

FORMAT_VERSION changes when the layout of catalogue or generation changes; an older folder is refused with its cure.
ANALYSIS_VERSION changes when the same layout holds different terms or passages; the next ingest rebuilds the generation.

Format history
  1  catalogue.sqlite (meta, documents, passages, vectors), originals/, generations/NNNNNN/, CURRENT
  2  passages know their places on the page, documents their reader's version and their newer edition
  3  embeddings hold the signs of word vectors beside the vector, which is halved; generations hold word vectors
Analysis history
  1  German analysis of `german.py` with stems and compound parts
  2  words of enumerations are indexed in full: "Förder- und Sachmittel" holds "Fördermittel"; texts are mended further
  3  forms of a stem are told apart; numbers and references to laws are terms; whole documents are indexed, too
"""

FORMAT_VERSION = 3
ANALYSIS_VERSION = 3
