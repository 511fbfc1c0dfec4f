extension JSONReader {
    /// Consumes a number of JSON's grammar and gives its range.
    mutating func numberRange() throws(JSONError) -> Range<Int> {
        _ = peek()
        let start = position
        var offset = start
        if bytes.byte(at: offset) == UInt8(ascii: "-") { offset += 1 }
        offset = try digits(from: offset)
        if bytes.byte(at: offset) == UInt8(ascii: ".") { offset = try digits(from: offset + 1) }
        if bytes.byte(at: offset) | 0x20 == UInt8(ascii: "e") {
            offset += 1
            let sign = bytes.byte(at: offset)
            if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { offset += 1 }
            offset = try digits(from: offset)
        }
        advance(to: offset)
        return start..<offset
    }

    /// The end of the digits at `offset`, of which there must be one.
    private mutating func digits(from offset: Int) throws(JSONError) -> Int {
        var end = offset
        while isDigit(bytes.byte(at: end)) { end += 1 }
        guard end > offset else {
            advance(to: min(offset, bytes.count))
            throw unexpected("a number")
        }
        return end
    }

    /// An integer, exact over all of `Int64`.
    mutating func integer() throws(JSONError) -> Int {
        _ = peek()
        let start = position
        var offset = start
        let isNegative = bytes.byte(at: offset) == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        guard isDigit(bytes.byte(at: offset)) else {
            advance(to: min(offset, bytes.count))
            throw unexpected("an integer")
        }
        var value = 0
        while isDigit(bytes.byte(at: offset)) {
            let digit = Int(bytes.byte(at: offset) - UInt8(ascii: "0"))
            let (scaled, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            guard !overflowed, !carried else { throw failure(.numberOutOfRange, at: start) }
            value = sum
            offset += 1
        }
        let next = bytes.byte(at: offset)
        guard next != UInt8(ascii: "."), next | 0x20 != UInt8(ascii: "e") else {
            throw failure(.expected("an integer"), at: start)
        }
        advance(to: offset)
        return value
    }

    /// A number, or one of the strings `"Infinity"`, `"-Infinity"`, `"NaN"` in which the format writes what JSON cannot.
    mutating func double() throws(JSONError) -> Double {
        if peek() == UInt8(ascii: "\"") {
            let start = position
            switch try string() {
            case "Infinity": return .infinity
            case "-Infinity": return -.infinity
            case "NaN": return .nan
            default: throw failure(.expected("a number, \"Infinity\", \"-Infinity\" or \"NaN\""), at: start)
            }
        }
        let range = try numberRange()
        guard let text = bytes.text(range), let value = Double(text) else {
            throw failure(.expected("a number"), at: range.lowerBound)
        }
        return value
    }

    /// A boolean or `null`, which older writers leave for false.
    mutating func booleanOrNull() throws(JSONError) -> Bool {
        if consumeNull() { return false }
        return try boolean()
    }

    /// A list, each element read by `element`.
    mutating func list<Element>(
        _ element: (inout JSONReader) throws(JSONError) -> Element
    ) throws(JSONError) -> [Element] {
        var elements: [Element] = []
        try beginArray()
        while try nextElement() { elements.append(try element(&self)) }
        return elements
    }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
