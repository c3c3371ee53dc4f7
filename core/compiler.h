/* Compiler extensions under plain names, so that they appear nowhere else. */
#ifndef ABACK_CORE_COMPILER_H
#define ABACK_CORE_COMPILER_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

/*
 * Run fn(&variable) when the variable goes out of scope. The variable is
 * initialised on the line that declares it; success moves it out with TAKE.
 */
/* unused: clang does not count the clean-up as a use */
#define CLEANUP(fn) __attribute__((cleanup(fn), unused))

/* The pointer's value; the variable itself becomes NULL. */
#define TAKE(ptr)                                    \
	__extension__({                              \
		__typeof__(ptr) take_value_ = (ptr); \
		(ptr) = NULL;                        \
		take_value_;                         \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Define `static void name(T *p)` for CLEANUP out of `fn(T)`, which must
 * accept NULL.
 */
#define DEFINE_CLEANUP(name, type, fn)     \
	static inline void name(type *ptr) \
	{                                  \
		fn(*ptr);                  \
	}

#endif
