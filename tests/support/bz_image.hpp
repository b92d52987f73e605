// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Kernels as far as image/base/kernel_image.hpp looks at them.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace agentbox::test {

template <typename Value>
std::string bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// With this packed kernel; its size when it is unpacked comes after it.
inline std::string bz_image(std::string_view packed, std::uint32_t unpacked_size) {
  constexpr std::size_t sectors = 2;
  constexpr std::uint32_t behind_the_setup = 100;
  std::string image((sectors + 1) * 512 + behind_the_setup, 'x');
  const auto put = [&image](std::size_t at, const std::string& bytes) { image.replace(at, bytes.size(), bytes); };
  put(0x1f1, {char{sectors}});
  put(0x202, "HdrS");
  put(0x206, bytes_of(std::uint16_t{0x020f}));
  put(0x248, bytes_of(behind_the_setup));
  put(0x24c, bytes_of(static_cast<std::uint32_t>(packed.size() + sizeof unpacked_size)));
  return image.append(packed) + bytes_of(unpacked_size) + "what follows";
}

inline std::string note(std::string_view owner, std::uint32_t type, std::string_view descriptor) {
  const auto padded = [](std::string_view text) { return std::string(text).append((4 - text.size() % 4) % 4, '\0'); };
  return bytes_of(Elf64_Nhdr{.n_namesz = static_cast<Elf64_Word>(owner.size()), .n_descsz = static_cast<Elf64_Word>(descriptor.size()), .n_type = type}) +
         padded(owner) + padded(descriptor);
}

/// An ELF file with these notes after a segment of another kind.
inline std::string elf_kernel(std::string_view notes) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  Elf64_Phdr code{};
  code.p_type = PT_LOAD;
  Elf64_Phdr about{};
  about.p_type = PT_NOTE;
  about.p_offset = sizeof header + 2 * sizeof about;
  about.p_filesz = notes.size();
  return bytes_of(header) + bytes_of(code) + bytes_of(about) + std::string(notes);
}

}  // namespace agentbox::test
