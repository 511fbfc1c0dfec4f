extension ElementaryFunctions {
    /// erf x = 2/√π·∫₀ˣ e^(−t²) dt.
    package static func errorFunction(_ x: Double) -> Double {
        let magnitude = x.magnitude
        if !(magnitude < 6) { return x.isNaN ? .nan : (x < 0 ? -1 : 1) }
        if magnitude < 0.5 { return x * errorFunctionRatio(x * x) }
        let interval = Int(magnitude * 2)
        let h = magnitude - (Double(interval) * 0.5 + 0.25)
        let last = interval * ErrorFunctionTable.coefficientsPerInterval - 1
        let result = ErrorFunctionTable.coefficients.withUnsafeBufferPointer { table in
            var sum = table[last]
            for index in 1..<ErrorFunctionTable.coefficientsPerInterval { sum = sum * h + table[last - index] }
            return sum
        }
        return x.sign == .minus ? -result : result
    }

    /// erf(x)/x as a series in z = x², for z ≤ 1/4: (2/√π)·Σ (−z)ⁿ/(n!·(2n + 1)).
    private static func errorFunctionRatio(_ z: Double) -> Double {
        var sum = 0x1.9e6ad5e55a730p-34
        sum = sum * z - 0x1.51d7181c5d36dp-30
        sum = sum * z + 0x1.fcc5720624c1cp-27
        sum = sum * z - 0x1.5f742ec43e71ap-23
        sum = sum * z + 0x1.b9e6c9dc651a3p-20
        sum = sum * z - 0x1.f4d25c3e0c2ebp-17
        sum = sum * z + 0x1.f9a326f9b89b7p-14
        sum = sum * z - 0x1.c02db40040b86p-11
        sum = sum * z + 0x1.565bcd0e6a53fp-8
        sum = sum * z - 0x1.b82ce31288b51p-6
        sum = sum * z + 0x1.ce2f21a042be2p-4
        sum = sum * z - 0x1.812746b0379e7p-2
        return sum * z + 0x1.20dd750429b6dp0
    }
}
