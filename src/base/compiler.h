/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only file that knows which compiler reads it.
 */
#ifndef TCPSTATES_BASE_COMPILER_H
#define TCPSTATES_BASE_COMPILER_H

#include <stddef.h>

#define LINE_BYTES	64	/* of a cache line, nearly everywhere */

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

#if defined(__GNUC__)
#define PRINTF_LIKE(fmt, args)	__attribute__((format(printf, fmt, args)))
#define MUST_CHECK		__attribute__((warn_unused_result))
#define UNUSED			__attribute__((unused))
#define NORETURN		__attribute__((noreturn))
#define ALWAYS_INLINE		inline __attribute__((always_inline))
#define NOINLINE		__attribute__((noinline))
#define LIKELY(x)		__builtin_expect(!!(x), 1)
#define UNLIKELY(x)		__builtin_expect(!!(x), 0)
/*
 * gcc drops calls to functions that only prefetch; make them ALWAYS_INLINE.
 */
#define PREFETCH(p)		__builtin_prefetch(p)
/* For memory read only once: the prefetch displaces nothing in the caches. */
#define PREFETCH_ONCE(p)	__builtin_prefetch(p, 0, 0)
/* Number of the lowest and of the highest bit set; at least one is set. */
#define LOWEST_BIT(x)		((unsigned)__builtin_ctzll(x))
#define HIGHEST_BIT(x)		(63U ^ (unsigned)__builtin_clzll(x))
#else
#define PRINTF_LIKE(fmt, args)
#define MUST_CHECK
#define UNUSED
#define NORETURN
#define ALWAYS_INLINE		inline
#define NOINLINE
#define LIKELY(x)		(x)
#define UNLIKELY(x)		(x)
#define PREFETCH(p)		((void)(p))
#define PREFETCH_ONCE(p)	((void)(p))
static inline unsigned
LOWEST_BIT(unsigned long long x)
{
	unsigned bit = 0;

	for (; (x & 1) == 0; x >>= 1)
		bit++;
	return bit;
}
static inline unsigned
HIGHEST_BIT(unsigned long long x)
{
	unsigned bit = 0;

	while ((x >>= 1) != 0)
		bit++;
	return bit;
}
#endif

/* The number of bits set. */
static inline unsigned
count_bits(unsigned long long bits)
{
	unsigned count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

/*
 * With HAVE_SHA_INSTRUCTIONS: the attribute of a function that uses the
 * instructions, and whether the processor has them.
 */
#define WITH_SHA		__attribute__((target("sha,sse4.1")))
#define HAS_SHA()		__builtin_cpu_supports("sha")

/* In a loop that waits for another processor: yield shared resources. */
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define RELAX()			__builtin_ia32_pause()
#elif defined(__GNUC__) && defined(__aarch64__)
#define RELAX()			__asm__ volatile("yield")
#else
#define RELAX()			((void)0)
#endif

#endif
