/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_TYPE_H
#define DEBUGINFO_TYPE_H

/* The types of one program or library, as its debug info describes them, in a form in which memory
 * can be read by them: offsets, sizes, and which part of a variant is there. Of any language.
 *
 * A type is made from its DIE when it is first asked for, and what it refers to when that is
 * followed: most types of a program are never looked at. All of it belongs to the DebugTypes. */

#include <elfutils/libdw.h>
#include <glib.h>

G_BEGIN_DECLS

typedef struct _DebugTypes DebugTypes;
typedef struct _DebugType DebugType;

typedef enum
{
  DEBUG_TYPE_UNKNOWN, /* declared only, or of a tag that nobody here knows; its size may be 0 */
  DEBUG_TYPE_VOID,
  DEBUG_TYPE_BOOLEAN,
  DEBUG_TYPE_CHARACTER, /* of one byte a char of C, else a Unicode code point */
  DEBUG_TYPE_SIGNED,
  DEBUG_TYPE_UNSIGNED,
  DEBUG_TYPE_FLOATING,
  DEBUG_TYPE_ENUMERATION, /* numbers with names */
  DEBUG_TYPE_POINTER,     /* also references */
  DEBUG_TYPE_ARRAY,
  DEBUG_TYPE_STRUCTURE, /* also classes, tuples, enums that carry data, and what a coroutine keeps */
  DEBUG_TYPE_UNION,
  DEBUG_TYPE_FUNCTION,
} DebugTypeClass;

/* A field, or a parameter of a generic type. */
typedef struct
{
  const char *name; /* "" where it has none */
  Dwarf_Die die;    /* of its type; debug_member_get_type() */
  gboolean has_type;
  guint64 offset;
  guint bit_offset;        /* from the lowest bit at @offset, of a bit field */
  guint bit_size;          /* 0: it is none */
  guint line;              /* of its declaration; 0 unknown */
  const char *file;        /* as it was written; debug_member_get_path() */
  const char *folder;      /* in which its compiler ran, where @file is relative; NULL */
  gboolean is_artificial;  /* the compiler made it */
  struct _DebugType *type; /* once debug_member_get_type() was asked */
} DebugMember;

/* One of the forms that a type with a variant part can have. */
typedef struct
{
  gboolean is_default; /* where no other form's value is there */
  guint64 first, last; /* values of the discriminator */
  DebugMember member;
} DebugVariant;

typedef struct
{
  const char *name;
  gint64 value;
} DebugEnumerator;

struct _DebugType
{
  DebugTypes *types;
  DebugTypeClass class;
  const char *name;      /* with its scope, as "tokio::time::Sleep"; "" where it has none */
  const char *base_name; /* the same without it */
  guint64 size;          /* bytes; 0 also where it is not known */
  gconstpointer key;     /* the same for the same DIE */

  DebugMember target; /* POINTER, ARRAY: what it points to, what an element is */
  guint64 count;      /* ARRAY: elements of all dimensions; 0 unknown */
  guint n_dimensions; /* ARRAY */
  guint64 *dimensions;

  guint n_members;
  DebugMember *members;
  guint n_variants;
  DebugVariant *variants;
  gboolean has_discriminator; /* else the only variant is always there */
  guint64 discriminator_offset;
  guint discriminator_size; /* 1, 2, 4 or 8 */
  guint n_enumerators;
  DebugEnumerator *enumerators;
  guint n_parameters; /* of a generic type */
  DebugMember *parameters;

  gpointer plan;            /* of whom it reads with it: free to use, NULL at first */
  GDestroyNotify free_plan; /* (nullable) */
};

/* @path: of an ELF file; @build_id: (nullable): a file with another one is refused. Its debug info may
 * be in it, in a file that belongs to it, or in split files. NULL: there is none. */
DebugTypes *debug_types_open (const char *path, const guint8 *build_id, gsize build_id_length);
void debug_types_close (DebugTypes *types);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DebugTypes, debug_types_close)
/* Borrowed: ELF headers and sections of the file itself; NULL where it cannot be had. */
Elf *debug_types_get_elf (DebugTypes *types);
Dwarf *debug_types_get_dwarf (DebugTypes *types);
/* (nullable): the first file with split debug info that was looked for and is not there. Borrowed. */
const char *debug_types_get_missing (DebugTypes *types);
/* Of whom it reads with them: free to use, NULL at first. */
void debug_types_set_reader (DebugTypes *types, gpointer reader);
gpointer debug_types_get_reader (DebugTypes *types);

/* The type at @die; typedefs and qualifiers are seen through. Never NULL. */
DebugType *debug_types_get (DebugTypes *types, Dwarf_Die *die);
/* Where @die is declared: its line, file and folder. */
void debug_member_read_place (DebugMember *member, Dwarf_Die *die);
/* (nullable): nothing is known of its type */
DebugType *debug_member_get_type (DebugTypes *types, const DebugMember *member);
/* (nullable): the whole path of the file that declares it; lives as long as @types */
const char *debug_member_get_path (DebugTypes *types, const DebugMember *member);
/* A type by its whole name, "struct" and the like left out; the first that is defined. (nullable).
 * The first call reads all of the debug info. */
DebugType *debug_types_find (DebugTypes *types, const char *name);

/* The unit that has the code at @address of the file, with its functions. */
gboolean debug_types_find_unit (DebugTypes *types, guint64 address, Dwarf_Die *ret_unit);
/* The whole name of what is at @die, "" where it has none; lives as long as @types. */
const char *debug_types_get_name (DebugTypes *types, Dwarf_Die *die);
/* (nullable): the same without its scope: valid UTF-8 without control characters, with the life of @types */
const char *debug_types_take_name (DebugTypes *types, Dwarf_Die *die);

/* What the type at @die is called where it is used: "size_t", "Request *", "char[8]"; "const" and the like left out.
 * (transfer full) */
char *debug_types_dup_type_name (DebugTypes *types, Dwarf_Die *die);
/* The same of what it is a pointer to; "": it is none. (transfer full) */
char *debug_types_dup_target_name (DebugTypes *types, Dwarf_Die *die);

/* A DIE in a form that can be kept in a file: the same in every process that opens the same file. */
typedef struct
{
  guint64 unit;   /* of split debug info: 1 + offset of the skeleton's DIE; else 0 */
  guint64 offset; /* of split debug info: from the DIE of the unit on */
} DebugDieRef;

DebugDieRef debug_types_get_ref (DebugTypes *types, Dwarf_Die *die);
gboolean debug_types_get_die (DebugTypes *types, DebugDieRef ref, Dwarf_Die *ret_die);

/* Called for each DIE outside of functions, with the names of the namespaces and types around it,
 * joined by "::" ("" at the top); TRUE: also those below it, where they can be. */
typedef gboolean (*DebugVisitFunc) (DebugTypes *types, const char *scope, Dwarf_Die *die,
                                    gpointer data);
void debug_types_visit (DebugTypes *types, DebugVisitFunc func, gpointer data);

/* ---- Of a type ------------------------------------------------------------------------------ */

const DebugMember *debug_type_find_member (const DebugType *type, const char *name);
DebugType *debug_type_get_target (const DebugType *type);
DebugType *debug_type_get_parameter (const DebugType *type, const char *name);
/* In bytes, also of an array that has none of its own. */
guint64 debug_type_get_size (const DebugType *type);
/* Whether its whole name is @name, or, where that ends in '<', begins so. */
gboolean debug_type_is (const DebugType *type, const char *name);

/* Where the first part of @type is that is a type called @name (as debug_type_is() takes it), seen
 * through members of members alone, not through variants and pointers. */
gboolean debug_type_find_part (const DebugType *type, const char *name, guint64 *ret_offset,
                               DebugType **ret_part);

G_END_DECLS

#endif
