# SPDX-License-Identifier: BSD-2-Clause
#
# Flags that a compiler may or may not take, optional libraries and places.
# Each macro leaves the user's CFLAGS, CPPFLAGS, LDFLAGS and LIBS as they were
# and adds to a variable of our own, which Makefile.am puts before the user's.

# TS_COMPILE_FLAGS(VARIABLE, FLAGS)
# ---------------------------------
# Append to VARIABLE each of FLAGS that the compiler takes without a warning.
AC_DEFUN([TS_COMPILE_FLAGS],
[for ts_flag in $2; do
	AS_VAR_PUSHDEF([ts_taken], [ts_cv_compiler_takes_$ts_flag])dnl
	AC_CACHE_CHECK([whether $CC compiles with $ts_flag], [ts_taken],
	    [ts_save_cflags=$CFLAGS
	    CFLAGS="$CFLAGS -Werror $ts_flag"
	    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
		[AS_VAR_SET([ts_taken], [yes])],
		[AS_VAR_SET([ts_taken], [no])])
	    CFLAGS=$ts_save_cflags])
	AS_VAR_IF([ts_taken], [yes], [AS_VAR_APPEND([$1], [" $ts_flag"])])
	AS_VAR_POPDEF([ts_taken])dnl
done])

# TS_LINK_FLAGS(VARIABLE, FLAGS)
# ------------------------------
# The same for linking.  What is compiled for the test is compiled with
# TS_CFLAGS, for -pie wants its objects so.
AC_DEFUN([TS_LINK_FLAGS],
[for ts_flag in $2; do
	AS_VAR_PUSHDEF([ts_taken], [ts_cv_linker_takes_$ts_flag])dnl
	AC_CACHE_CHECK([whether $CC links with $ts_flag], [ts_taken],
	    [ts_save_cflags=$CFLAGS
	    ts_save_ldflags=$LDFLAGS
	    CFLAGS="$CFLAGS $TS_CFLAGS -Werror"
	    LDFLAGS="$LDFLAGS $ts_flag"
	    AC_LINK_IFELSE([AC_LANG_PROGRAM()],
		[AS_VAR_SET([ts_taken], [yes])],
		[AS_VAR_SET([ts_taken], [no])])
	    CFLAGS=$ts_save_cflags
	    LDFLAGS=$ts_save_ldflags])
	AS_VAR_IF([ts_taken], [yes], [AS_VAR_APPEND([$1], [" $ts_flag"])])
	AS_VAR_POPDEF([ts_taken])dnl
done])

# TS_WITH_LIBRARY(NAME, MODULE, HEADING)
# --------------------------------------
# An optional library: --with-NAME=auto|yes|no, found by pkg-config as MODULE
# ("zlib >= 1.2").  With it, HAVE_<NAME> is defined and the Makefile has
# <NAME>_CFLAGS and <NAME>_LIBS; `yes' without it is fatal.  The answer stays
# in ts_with_NAME for the summary.
AC_DEFUN([TS_WITH_LIBRARY],
[AC_ARG_WITH([$1],
    [AS_HELP_STRING([--with-$1=auto|yes|no], [$3 @<:@auto@:>@])],
    [], [with_$1=auto])
ts_with_$1=no
AS_IF([test "x$with_$1" != xno],
    [PKG_CHECK_MODULES(m4_toupper([$1]), [$2],
	[ts_with_$1=yes
	AC_DEFINE([HAVE_]m4_toupper([$1]), [1], [Define to 1 for $3.])],
	[AS_IF([test "x$with_$1" = xyes],
	    [AC_MSG_ERROR([--with-$1: $2 not found])])])])
])

# TS_COMPLETION_DIR(SHELL, DEFAULT)
# ---------------------------------
# Where completions for SHELL go: --with-SHELL-completion-dir=yes|no|DIR, yes
# being DEFAULT below datadir.  The Makefile has it as SHELLcompletiondir, in
# the condition WITH_SHELL_COMPLETION.
AC_DEFUN([TS_COMPLETION_DIR],
[AC_ARG_WITH([$1-completion-dir],
    [AS_HELP_STRING([--with-$1-completion-dir=yes|no|DIR],
	[where completions for $1 go @<:@DATADIR/$2@:>@])],
    [], [with_$1_completion_dir=yes])
AS_IF([test "x$with_$1_completion_dir" = xyes],
    [with_$1_completion_dir='${datadir}/$2'])
AC_SUBST([$1completiondir], [$with_$1_completion_dir])
AM_CONDITIONAL([WITH_]m4_toupper([$1])[_COMPLETION],
    [test "x$with_$1_completion_dir" != xno])])
