import Basics

/// Damage that knows the format: what it breaks lies under right sizes and checksums, so that it reaches the reader of the broken part.
struct ArchiveMutation {
    var random: SeededGenerator

    /// A mutated copy of a sound archive.
    mutating func mutate(_ archive: ArchiveBuilder) -> [UInt8] {
        var archive = archive
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard let place = archive.members.indices.randomElement(using: &random) else { break }
            if Int.random(in: 0..<6, using: &random) == 0 {
                damageDirectory(&archive, place)
            } else {
                archive.members[place].bytes = content(archive.members[place])
            }
        }
        return archive.bytes()
    }

    private mutating func damageDirectory(_ archive: inout ArchiveBuilder, _ place: Int) {
        let other = archive.members[Int.random(in: archive.members.indices, using: &random)].name
        switch Int.random(in: 0..<9, using: &random) {
        case 0: archive.members[place].name = other
        case 1:
            archive.members[place].name = ["", "/", "net/../x", "net//x", "net/\u{202E}x", other + "/"].randomElement(using: &random) ?? ""
        case 2: archive.members[place].size = number(64)
        case 3: archive.members[place].offset = number(64)
        case 4: archive.members[place].method = 8
        case 5: archive.members.remove(at: place)
        case 6: archive.members.append(archive.members[place])
        case 7: archive.zip64Offset = number(64)
        default: archive.entryCount = number(64)
        }
        if archive.members.indices.contains(place) { archive.members[place].isWide = Bool.random(using: &random) }
    }

    private mutating func content(_ member: ArchiveBuilder.Member) -> [UInt8] {
        if member.name.hasSuffix(".json") { return json(member.bytes) }
        if member.name.hasSuffix("data.pkl") { return pickle(member.bytes) }
        if member.name.hasSuffix(".pt"), var inner = ArchiveBuilder(takingApart: member.bytes) {
            if Int.random(in: 0..<4, using: &random) == 0 { return mutate(inner) }
            inner.change("data.pkl") { $0.bytes = pickle($0.bytes) }
            return inner.bytes()
        }
        var bytes = member.bytes
        if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
        return bytes
    }

    /// A number at an edge of what a field of so many bits can hold.
    private mutating func number(_ bits: UInt64) -> UInt64 {
        let edge: UInt64 =
            [0, 1, 7, 16, 17, 63, 64, 65, 1 << 16, 1 << 31, 1 << 32, 1 << 40, 1 << 62, 1 << 63].randomElement(using: &random) ?? 0
        return edge &- UInt64.random(in: 0...1, using: &random)
    }

    // MARK: JSON

    /// Changes one token: a number, a key or text, or a whole bracketed value.
    private mutating func json(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return bytes }
        var bytes = bytes
        let start = Int.random(in: bytes.indices, using: &random)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            guard let first = bytes[start...].firstIndex(where: digits.contains) else { break }
            let end = bytes[first...].firstIndex { !digits.contains($0) } ?? bytes.endIndex
            let texts = ["-1", "0.5", "1e400", "9223372036854775807", "9223372036854775808", "null", "[]", "\(number(63))"]
            bytes.replaceSubrange(first..<end, with: Array((texts.randomElement(using: &random) ?? "0").utf8))
        case 1:
            guard let one = string(bytes, from: start), let other = string(bytes, from: Int.random(in: bytes.indices, using: &random))
            else { break }
            bytes.replaceSubrange(one, with: Array(bytes[other]))
        case 2:
            guard let value = bracketed(bytes, from: start) else { break }
            let content = Array(bytes[value])
            let changed = [[], content + Array(",".utf8) + content, Array("[".utf8) + content + Array("]".utf8), Array("null".utf8)]
            bytes.replaceSubrange(value, with: changed.randomElement(using: &random) ?? [])
        default:
            guard let text = string(bytes, from: start), text.count > 2 else { break }
            let odd =
                ["\\u0000", "\\ud800", "((((((((", "-s0//0", "2**2**2**99", "Pow(9, 64)", "\u{7f}"].randomElement(using: &random) ?? ""
            bytes.insert(contentsOf: Array(odd.utf8), at: Int.random(in: text.lowerBound + 1..<text.upperBound, using: &random))
        }
        return bytes
    }

    /// The first string behind `start`, quotes included; not exact where quotes are escaped, which is damage enough.
    private func string(_ bytes: [UInt8], from start: Int) -> Range<Int>? {
        guard let open = bytes[start...].firstIndex(of: UInt8(ascii: "\"")),
            let close = bytes[(open + 1)...].firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        return open..<close + 1
    }

    /// The first object or list behind `start`, brackets included.
    private func bracketed(_ bytes: [UInt8], from start: Int) -> Range<Int>? {
        guard let open = bytes[start...].firstIndex(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }) else { return nil }
        var depth = 0
        for index in open..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            if depth == 0 { return open..<index + 1 }
        }
        return nil
    }

    // MARK: Pickles

    /// Drops, doubles, moves or replaces whole instructions.
    private mutating func pickle(_ bytes: [UInt8]) -> [UInt8] {
        var instructions = Self.instructions(bytes)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard let place = instructions.indices.randomElement(using: &random) else { break }
            let other = Int.random(in: instructions.indices, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: instructions.remove(at: place)
            case 1: instructions.insert(instructions[other], at: place)
            case 2: instructions.swapAt(place, other)
            case 3:
                instructions[place] =
                    [0x8A, 8] + (0..<8).map { [number = number(64)] in UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
            case 4:
                instructions[place] =
                    [[UInt8.random(in: 0...255, using: &random)], [0x30], Array("(t".utf8), [0x86], [0x29], [0x52]].randomElement(
                        using: &random) ?? []
            case 5: instructions[place] = [UInt8(ascii: "h"), UInt8.random(in: 0...40, using: &random)]
            default: instructions.removeSubrange(place...)
            }
        }
        return instructions.flatMap(\.self)
    }

    /// The instructions of a sound pickle with their operands.
    private static func instructions(_ bytes: [UInt8]) -> [[UInt8]] {
        var instructions: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            let rest = bytes[position...]
            let length: Int
            switch bytes[position] {
            case 0x80, UInt8(ascii: "K"), UInt8(ascii: "q"), UInt8(ascii: "h"): length = 2
            case UInt8(ascii: "M"): length = 3
            case UInt8(ascii: "J"), UInt8(ascii: "r"), UInt8(ascii: "j"): length = 5
            case UInt8(ascii: "G"): length = 9
            case 0x8A: length = 2 + Int(rest.dropFirst().first ?? 0)
            case UInt8(ascii: "X"): length = 5 + rest.dropFirst().prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            case UInt8(ascii: "c"):
                let module = rest.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1
                length = (bytes[(module + 1)...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1) + 1 - position
            default: length = 1
            }
            instructions.append(Array(rest.prefix(length)))
            position += length
        }
        return instructions
    }
}
