import CWherryLinux

/// What this process keeps in memory.
package enum ProcessMemory {
  /// One malloc(3) arena for all threads: each further one keeps some hundred KiB of its own. Those there are
  /// already stay: to be called early.
  package static func useOneArena() { wherry_use_one_arena() }

  /// Gives back what malloc(3) holds free, after something that needed much of it.
  package static func trim() { wherry_trim_memory() }

  /// Gives back the code and constants that have been used so far: what is used from here on comes back from the page
  /// cache, and what only the start needed does not (madvise(2), `MADV_DONTNEED` of file mappings without writes).
  package static func dropCode() { wherry_drop_code() }
}
