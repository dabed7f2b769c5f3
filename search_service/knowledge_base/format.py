"""The versions of the on-disk format, with their history. The format is an API: reader and writer are both in this package.

FORMAT_VERSION changes when the layout of catalogue or generation changes. The first writer lifts an older catalogue in place
where that needs no document to be read again, and generations of those formats stay readable; what is older is refused.
ANALYSIS_VERSION changes when the same layout holds different terms or passages; the next ingest rebuilds the generation.

Format history
  1  catalogue.sqlite (meta, documents, passages, vectors), originals/, generations/NNNNNN/, CURRENT
  2  passages know their places on the page, documents their reader's version and their newer edition
  3  embeddings hold the signs of word vectors beside the vector, which is halved; generations hold word vectors
  4  withdrawals, edits of metadata, former passages and documents; generations name what is no longer in them.
     Lifted from 3: the new tables are empty; a generation of format 3 has no former passages
Analysis history
  1  German analysis of `german.py` with stems and compound parts
  2  words of enumerations are indexed in full: "Förder- und Sachmittel" holds "Fördermittel"; texts are mended further
  3  forms of a stem are told apart; numbers and references to laws are terms; whole documents are indexed, too
"""

FORMAT_VERSION = 4
OLDEST_FORMAT = 3  # that is lifted and read
ANALYSIS_VERSION = 3
