/*
 * Forced into every translation unit: functions that have no safe use here.
 * Included after nothing, so the system headers that declare them come first.
 */
#ifndef ABACK_CORE_BANNED_H
#define ABACK_CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef gets
#undef atoi
#undef atol
#undef strtok
#undef gmtime
#undef localtime
#undef ctime
#undef asctime
#define BANNED(fn) fn##_is_banned_see_core_banned_h
#define strcpy(x, y) BANNED(strcpy)
#define strcat(x, y) BANNED(strcat)
#define strncpy(x, y, n) BANNED(strncpy)
#define strncat(x, y, n) BANNED(strncat)
#define sprintf(...) BANNED(sprintf)
#define vsprintf(...) BANNED(vsprintf)
#define gets(x) BANNED(gets)
#define atoi(x) BANNED(atoi)
#define atol(x) BANNED(atol)
#define strtok(x, y) BANNED(strtok)
#define gmtime(x) BANNED(gmtime)
#define localtime(x) BANNED(localtime)
#define ctime(x) BANNED(ctime)
#define asctime(x) BANNED(asctime)

#endif
