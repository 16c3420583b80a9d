/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Reading other people's objects: as the loader reads them, and without harm where they are
 * damaged. */

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "agent/hooks.h"
#include "agent/memory.h"
#include "agent/object.h"
#include "agent/patch.h"

static char *
library_path (const char *name)
{
  return g_build_filename (g_getenv ("TEST_AGENT_BUILD"), name, NULL);
}

/* ---- Loaded ones ------------------------------------------------------------------------------
 */

typedef struct
{
  const char *part; /* of its path */
  AgentObject object;
  gboolean found;
} Search;

static int
match (struct dl_phdr_info *info, size_t size, void *data)
{
  Search *search = data;

  if (strstr (info->dlpi_name, search->part) == NULL)
    return 0;
  search->found = agent_object_init (&search->object, info);
  return 1;
}

static AgentObject
find_loaded (const char *part)
{
  Search search = { part };

  dl_iterate_phdr (match, &search);
  g_assert_true (search.found);
  return search.object;
}

static void *
look_up (const AgentObject *object, const char *name)
{
  return agent_object_lookup (object, name, agent_object_hash_name (name));
}

/* Every function that the object has, in the hash table that it has. */
static void
assert_agrees_with_loader (const char *library)
{
  g_autofree char *path = library_path (library);
  static const char *const names[] = { "toy_add", "toy_twice", "toy_run", "toy_absent", "toy", "" };
  void *handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  AgentObject object;
  guint n_found = 0;

  g_assert_nonnull (handle);
  object = find_loaded (library);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_true (look_up (&object, names[i]) == dlsym (handle, names[i]));
      n_found += look_up (&object, names[i]) != NULL;
    }
  g_assert_cmpuint (n_found, ==, 3);
  dlclose (handle);
}

static void
test_gnu_hash (void)
{
  assert_agrees_with_loader ("libtoy-gnu.so");
}

static void
test_sysv_hash (void)
{
  assert_agrees_with_loader ("libtoy-sysv.so");
}

static void
test_versions (void)
{
  AgentObject object = find_loaded ("/libc.so");

  void *handle = dlopen (object.name, RTLD_LAZY | RTLD_NOLOAD);

  /* Default versions, of functions that have older ones as well. */
  g_assert_nonnull (handle);
  g_assert_true (look_up (&object, "pthread_cond_wait") == dlsym (handle, "pthread_cond_wait"));
  g_assert_true (look_up (&object, "fmemopen") == dlsym (handle, "fmemopen"));
  dlclose (handle);
  /* One that is there for old programs alone is as good as none (glibc keeps it; musl has no such).
   */
  g_assert_null (look_up (&object, "authunix_create"));
  g_assert_true (agent_object_needs (&object, "ld-linux-x86-64.so.2") ||
                 agent_object_needs (&object, "ld-linux-aarch64.so.1"));
  g_assert_false (agent_object_needs (&object, "libtoy.so"));
}

static void
test_fingerprint (void)
{
  g_autofree char *path = library_path ("libtoy-gnu.so");
  void *handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  AgentObject one = find_loaded ("libtoy-gnu.so");
  AgentObject other = find_loaded ("/libc.so");

  g_assert_cmphex (agent_object_fingerprint (&one), ==, agent_object_fingerprint (&one));
  g_assert_cmphex (agent_object_fingerprint (&one), !=, agent_object_fingerprint (&other));
  dlclose (handle);
}

/* ---- Damaged ones -----------------------------------------------------------------------------
 */

/* A file laid out as the loader would, with nothing around it: what is read beyond it faults. */
typedef struct
{
  char *contents;
  gsize length;
  char *memory;
  gsize size;
  Elf64_Phdr headers[16];
  struct dl_phdr_info info;
} Image;

static void
image_fill (Image *image)
{
  for (guint i = 0; i < image->info.dlpi_phnum; i++)
    {
      const Elf64_Phdr *header = &image->headers[i];

      if (header->p_type != PT_LOAD)
        continue;
      memset (image->memory + header->p_vaddr, 0, header->p_memsz);
      memcpy (image->memory + header->p_vaddr, image->contents + header->p_offset,
              header->p_filesz);
    }
}

static void
image_init (Image *image, const char *name)
{
  g_autofree char *path = library_path (name);
  gsize page = agent_memory_page_size ();
  const Elf64_Ehdr *elf;
  char *reserved;

  g_assert_true (g_file_get_contents (path, &image->contents, &image->length, NULL));
  elf = (const Elf64_Ehdr *)image->contents;
  g_assert_cmpuint (elf->e_phnum, <=, G_N_ELEMENTS (image->headers));
  memcpy (image->headers, image->contents + elf->e_phoff, elf->e_phnum * sizeof (Elf64_Phdr));
  image->info.dlpi_phdr = image->headers;
  image->info.dlpi_phnum = elf->e_phnum;
  image->info.dlpi_name = "image";
  for (guint i = 0; i < elf->e_phnum; i++)
    if (image->headers[i].p_type == PT_LOAD)
      image->size = image->headers[i].p_vaddr + image->headers[i].p_memsz;
  image->size = (image->size + page - 1) & ~(page - 1);

  reserved = mmap (NULL, image->size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true (reserved != MAP_FAILED);
  image->memory = reserved + page;
  g_assert_cmpint (mprotect (image->memory, image->size, PROT_READ | PROT_WRITE), ==, 0);
  image->info.dlpi_addr = (guintptr)image->memory;
  image_fill (image);
}

static void
image_clear (Image *image)
{
  gsize page = agent_memory_page_size ();

  munmap (image->memory - page, image->size + 2 * page);
  g_free (image->contents);
}

static int
replacement (void)
{
  return 0;
}

/* All that the agent ever does with an object. Returns: how many slots it patched */
static guint
use (Image *image, GRand *random)
{
  static const char *const names[] = { "toy_add", "caller_twice", "caller_add",
                                       "no_such_function" };
  AgentObjects all = { .n = 1, .capacity = 1 };
  AgentPatchResult result = { 0 };
  AgentObject object;

  if (!agent_object_init (&object, &image->info))
    return 0;
  all.objects = &object;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      char *found = look_up (&object, names[i]);

      g_assert_true (found == NULL ||
                     (found >= image->memory && found < image->memory + image->size));
    }
  for (guint i = 0; i < 8; i++)
    agent_object_symbol_name (&object, g_rand_int (random) >> g_rand_int_range (random, 0, 32));
  agent_object_needs (&object, "libtoy.so");
  agent_object_fingerprint (&object);
  agent_patch_object (&object, &all, true, &result);
  agent_unpatch_object (&object);
  return result.n_patched;
}

static void
damage (Image *image, GRand *random)
{
  for (gint n = g_rand_int_range (random, 1, 5); n > 0; n--)
    {
      guint32 *words = (guint32 *)image->memory;
      guint32 *word = &words[g_rand_int_range (random, 0, (gint32)(image->size / sizeof *words))];
      const guint32 values[] = { 0,
                                 1,
                                 G_MAXUINT32,
                                 0x7fffffff,
                                 g_rand_int (random),
                                 *word ^ (1u << g_rand_int_range (random, 0, 32)),
                                 *word + 0x1000 };

      *word = values[g_rand_int_range (random, 0, G_N_ELEMENTS (values))];
    }
}

static void
test_damaged (gconstpointer library)
{
  /* The slots of an object that nobody has relocated hold 0. */
  const AgentHook hook = { .name = "toy_add",
                           .hash = agent_object_hash_name ("toy_add"),
                           .replacement = (void *)replacement,
                           .original = NULL };
  GRand *random = g_rand_new_with_seed (7);
  Image image = { 0 };

  image_init (&image, library);
  g_assert_true (agent_hooks_add (&hook, 1));
  g_assert_cmpuint (use (&image, random), >, 0);
  for (guint i = 0; i < 30000; i++)
    {
      image_fill (&image);
      damage (&image, random);
      use (&image, random);
    }
  agent_hooks_clear ();
  image_clear (&image);
  g_rand_free (random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent/object/gnu-hash", test_gnu_hash);
  g_test_add_func ("/agent/object/sysv-hash", test_sysv_hash);
  g_test_add_func ("/agent/object/versions", test_versions);
  g_test_add_func ("/agent/object/fingerprint", test_fingerprint);
  g_test_add_data_func ("/agent/object/damaged/gnu-hash", "libcaller-registers-not.so",
                        test_damaged);
  g_test_add_data_func ("/agent/object/damaged/sysv-hash", "libcaller-sysv.so", test_damaged);
  return g_test_run ();
}
