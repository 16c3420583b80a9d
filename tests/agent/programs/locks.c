/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Takes locks of libc by itself, through libglib and through libuv; and signals a condition in the
 * version of today and in the one that programs of long ago were linked with. */

#include <pthread.h>
#include <stdio.h>
#include <glib.h>
#include <uv.h>

#if defined(__GLIBC__) && defined(__x86_64__)
int signal_of_old (pthread_cond_t *cond);
__asm__ (".symver signal_of_old, pthread_cond_signal@GLIBC_2.2.5");
#else
#define signal_of_old(cond) 0
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
/* Then it was a pointer to what is made at the first use. */
static pthread_cond_t cond_of_old;

int
main (void)
{
  GRecMutex recursive;
  uv_mutex_t other;
  int result = 0;

  g_rec_mutex_init (&recursive);
  result |= uv_mutex_init (&other);
  for (int i = 0; i < 100; i++)
    {
      result |= pthread_mutex_lock (&mutex);
      pthread_mutex_unlock (&mutex);
    }
  for (int i = 0; i < 1000; i++)
    {
      g_rec_mutex_lock (&recursive);
      g_rec_mutex_unlock (&recursive);
    }
  for (int i = 0; i < 10000; i++)
    {
      uv_mutex_lock (&other);
      uv_mutex_unlock (&other);
    }
  for (int i = 0; i < 50; i++)
    result |= pthread_cond_signal (&cond);
  for (int i = 0; i < 500; i++)
    result |= signal_of_old (&cond_of_old);
  printf ("%d\n", result);
  g_rec_mutex_clear (&recursive);
  uv_mutex_destroy (&other);
  return 0;
}
