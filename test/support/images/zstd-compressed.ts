/** What the frame below holds: two blocks' worth of numbers. */
export const SQUARES = Buffer.from(Array.from({ length: 60_000 }, (_, index) => (index * index) % 251).join(","));

/** `zstd -19 --check` of `SQUARES`, by zstd 1.5.4: Huffman and FSE tables, repeated tables, matches across blocks. */
export const COMPRESSED_SQUARES = Buffer.from(
  `
    KLUv/QRo7AsARrFRCbDrJEmICFaSeU0ATQBOAJ3AK7qUB5/hJstx3pRe4SOTF7/ivespLvfwMy7klNne4WNDN+gl3GzG1S7Fo1zq
    6hEdjp9wII/a4nna6fgRF+EsB+C0hT6Z4unEb5lDxz7S2zuLbeQyvMcbPXrRQU7iZC8nuuVgHKRzHnIaP+lGg3Bhv7jI67j1ktvx
    iae82IGm4XEAH+g2C3F2Bg/pBLztZx90sAX61QWdbGMzOLsQt3mgB/CYhgNd7FM+sR0vufU6XuQXCzsIN/qk0/iQcwbpYLyc7CQe
    5EVHb/SekYvduRfDJ4DHHfZU0EMfPXXYcQ/wI5/gMTyKz/Fz+SY+neKThaYNwFkuwo84HZ/22eKogccjevFqZ2x2CTfo0MfucLZT
    FvIzPlzuKV73vuLFDTihj1zhlM5bjps8w4NLCdzYyS456Ge3IQ0RALvIX1dkeE84vyvSaeJM/GLKvEP47rgzdIfRaBkXbMwYs7a4
    YgmjTJUuswUaOpkaeykpVQAAAAEAiDfr/bkGAoR/8bU=
  `,
  "base64",
);
