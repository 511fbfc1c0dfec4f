extension Unicode.Scalar {
    /// Whether a terminal does something at this character instead of showing it: control characters (C0, DEL, C1), and the marks that turn the direction in
    /// which a line is read (CVE-2021-42574).
    package var actsOnTerminals: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension String {
    /// The text with every character that acts on terminals written out, as JSON does: `\u001b`. Programs that are read are not trusted: a name in one may
    /// hold what moves the cursor, or a line that a CI system takes for a command.
    ///
    /// `keepingLines` leaves line breaks and tabulators, for texts that are put together of lines.
    package func escapingControls(keepingLines: Bool = false) -> String {
        func isKept(_ byte: UInt8) -> Bool { keepingLines && (byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")) }
        // In UTF-8 the characters in question begin with one of these bytes; hardly any text has one.
        guard utf8.contains(where: { ($0 < 0x20 && !isKept($0)) || $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.actsOnTerminals, !(scalar.isASCII && isKept(UInt8(scalar.value))) {
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
