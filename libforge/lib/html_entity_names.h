// SPDX-License-Identifier: Apache-2.0
/* The named character references of HTML, in the order of their bytes: N(name, text), and
 * L(name, text) for those that count without a semicolon too. */
#ifndef FG_HTML_ENTITY_NAMES_H
#define FG_HTML_ENTITY_NAMES_H

/* clang-format off */
#define FG_HTML_ENTITIES(N, L) \
    L("AElig", "Æ") L("AMP", "&") L("Aacute", "Á") N("Abreve", "Ă") L("Acirc", "Â") \
    N("Acy", "А") N("Afr", "𝔄") L("Agrave", "À") N("Alpha", "Α") N("Amacr", "Ā") \
    N("And", "⩓") N("Aogon", "Ą") N("Aopf", "𝔸") N("ApplyFunction", "\xe2\x81\xa1") \
    L("Aring", "Å") N("Ascr", "𝒜") N("Assign", "≔") L("Atilde", "Ã") L("Auml", "Ä") \
    N("Backslash", "∖") N("Barv", "⫧") N("Barwed", "⌆") N("Bcy", "Б") \
    N("Because", "∵") N("Bernoullis", "ℬ") N("Beta", "Β") N("Bfr", "𝔅") N("Bopf", "𝔹") \
    N("Breve", "˘") N("Bscr", "ℬ") N("Bumpeq", "≎") N("CHcy", "Ч") L("COPY", "©") \
    N("Cacute", "Ć") N("Cap", "⋒") N("CapitalDifferentialD", "ⅅ") N("Cayleys", "ℭ") \
    N("Ccaron", "Č") L("Ccedil", "Ç") N("Ccirc", "Ĉ") N("Cconint", "∰") N("Cdot", "Ċ") \
    N("Cedilla", "¸") N("CenterDot", "·") N("Cfr", "ℭ") N("Chi", "Χ") \
    N("CircleDot", "⊙") N("CircleMinus", "⊖") N("CirclePlus", "⊕") \
    N("CircleTimes", "⊗") N("ClockwiseContourIntegral", "∲") \
    N("CloseCurlyDoubleQuote", "”") N("CloseCurlyQuote", "’") N("Colon", "∷") \
    N("Colone", "⩴") N("Congruent", "≡") N("Conint", "∯") N("ContourIntegral", "∮") \
    N("Copf", "ℂ") N("Coproduct", "∐") N("CounterClockwiseContourIntegral", "∳") \
    N("Cross", "⨯") N("Cscr", "𝒞") N("Cup", "⋓") N("CupCap", "≍") N("DD", "ⅅ") \
    N("DDotrahd", "⤑") N("DJcy", "Ђ") N("DScy", "Ѕ") N("DZcy", "Џ") N("Dagger", "‡") \
    N("Darr", "↡") N("Dashv", "⫤") N("Dcaron", "Ď") N("Dcy", "Д") N("Del", "∇") \
    N("Delta", "Δ") N("Dfr", "𝔇") N("DiacriticalAcute", "´") N("DiacriticalDot", "˙") \
    N("DiacriticalDoubleAcute", "˝") N("DiacriticalGrave", "`") \
    N("DiacriticalTilde", "˜") N("Diamond", "⋄") N("DifferentialD", "ⅆ") \
    N("Dopf", "𝔻") N("Dot", "¨") N("DotDot", "\xe2\x83\x9c") N("DotEqual", "≐") \
    N("DoubleContourIntegral", "∯") N("DoubleDot", "¨") N("DoubleDownArrow", "⇓") \
    N("DoubleLeftArrow", "⇐") N("DoubleLeftRightArrow", "⇔") N("DoubleLeftTee", "⫤") \
    N("DoubleLongLeftArrow", "⟸") N("DoubleLongLeftRightArrow", "⟺") \
    N("DoubleLongRightArrow", "⟹") N("DoubleRightArrow", "⇒") N("DoubleRightTee", "⊨") \
    N("DoubleUpArrow", "⇑") N("DoubleUpDownArrow", "⇕") N("DoubleVerticalBar", "∥") \
    N("DownArrow", "↓") N("DownArrowBar", "⤓") N("DownArrowUpArrow", "⇵") \
    N("DownBreve", "\xcc\x91") N("DownLeftRightVector", "⥐") \
    N("DownLeftTeeVector", "⥞") N("DownLeftVector", "↽") N("DownLeftVectorBar", "⥖") \
    N("DownRightTeeVector", "⥟") N("DownRightVector", "⇁") \
    N("DownRightVectorBar", "⥗") N("DownTee", "⊤") N("DownTeeArrow", "↧") \
    N("Downarrow", "⇓") N("Dscr", "𝒟") N("Dstrok", "Đ") N("ENG", "Ŋ") L("ETH", "Ð") \
    L("Eacute", "É") N("Ecaron", "Ě") L("Ecirc", "Ê") N("Ecy", "Э") N("Edot", "Ė") \
    N("Efr", "𝔈") L("Egrave", "È") N("Element", "∈") N("Emacr", "Ē") \
    N("EmptySmallSquare", "◻") N("EmptyVerySmallSquare", "▫") N("Eogon", "Ę") \
    N("Eopf", "𝔼") N("Epsilon", "Ε") N("Equal", "⩵") N("EqualTilde", "≂") \
    N("Equilibrium", "⇌") N("Escr", "ℰ") N("Esim", "⩳") N("Eta", "Η") L("Euml", "Ë") \
    N("Exists", "∃") N("ExponentialE", "ⅇ") N("Fcy", "Ф") N("Ffr", "𝔉") \
    N("FilledSmallSquare", "◼") N("FilledVerySmallSquare", "▪") N("Fopf", "𝔽") \
    N("ForAll", "∀") N("Fouriertrf", "ℱ") N("Fscr", "ℱ") N("GJcy", "Ѓ") L("GT", ">") \
    N("Gamma", "Γ") N("Gammad", "Ϝ") N("Gbreve", "Ğ") N("Gcedil", "Ģ") N("Gcirc", "Ĝ") \
    N("Gcy", "Г") N("Gdot", "Ġ") N("Gfr", "𝔊") N("Gg", "⋙") N("Gopf", "𝔾") \
    N("GreaterEqual", "≥") N("GreaterEqualLess", "⋛") N("GreaterFullEqual", "≧") \
    N("GreaterGreater", "⪢") N("GreaterLess", "≷") N("GreaterSlantEqual", "⩾") \
    N("GreaterTilde", "≳") N("Gscr", "𝒢") N("Gt", "≫") N("HARDcy", "Ъ") \
    N("Hacek", "ˇ") N("Hat", "^") N("Hcirc", "Ĥ") N("Hfr", "ℌ") N("HilbertSpace", "ℋ") \
    N("Hopf", "ℍ") N("HorizontalLine", "─") N("Hscr", "ℋ") N("Hstrok", "Ħ") \
    N("HumpDownHump", "≎") N("HumpEqual", "≏") N("IEcy", "Е") N("IJlig", "Ĳ") \
    N("IOcy", "Ё") L("Iacute", "Í") L("Icirc", "Î") N("Icy", "И") N("Idot", "İ") \
    N("Ifr", "ℑ") L("Igrave", "Ì") N("Im", "ℑ") N("Imacr", "Ī") N("ImaginaryI", "ⅈ") \
    N("Implies", "⇒") N("Int", "∬") N("Integral", "∫") N("Intersection", "⋂") \
    N("InvisibleComma", "\xe2\x81\xa3") N("InvisibleTimes", "\xe2\x81\xa2") \
    N("Iogon", "Į") N("Iopf", "𝕀") N("Iota", "Ι") N("Iscr", "ℐ") N("Itilde", "Ĩ") \
    N("Iukcy", "І") L("Iuml", "Ï") N("Jcirc", "Ĵ") N("Jcy", "Й") N("Jfr", "𝔍") \
    N("Jopf", "𝕁") N("Jscr", "𝒥") N("Jsercy", "Ј") N("Jukcy", "Є") N("KHcy", "Х") \
    N("KJcy", "Ќ") N("Kappa", "Κ") N("Kcedil", "Ķ") N("Kcy", "К") N("Kfr", "𝔎") \
    N("Kopf", "𝕂") N("Kscr", "𝒦") N("LJcy", "Љ") L("LT", "<") N("Lacute", "Ĺ") \
    N("Lambda", "Λ") N("Lang", "⟪") N("Laplacetrf", "ℒ") N("Larr", "↞") \
    N("Lcaron", "Ľ") N("Lcedil", "Ļ") N("Lcy", "Л") N("LeftAngleBracket", "⟨") \
    N("LeftArrow", "←") N("LeftArrowBar", "⇤") N("LeftArrowRightArrow", "⇆") \
    N("LeftCeiling", "⌈") N("LeftDoubleBracket", "⟦") N("LeftDownTeeVector", "⥡") \
    N("LeftDownVector", "⇃") N("LeftDownVectorBar", "⥙") N("LeftFloor", "⌊") \
    N("LeftRightArrow", "↔") N("LeftRightVector", "⥎") N("LeftTee", "⊣") \
    N("LeftTeeArrow", "↤") N("LeftTeeVector", "⥚") N("LeftTriangle", "⊲") \
    N("LeftTriangleBar", "⧏") N("LeftTriangleEqual", "⊴") N("LeftUpDownVector", "⥑") \
    N("LeftUpTeeVector", "⥠") N("LeftUpVector", "↿") N("LeftUpVectorBar", "⥘") \
    N("LeftVector", "↼") N("LeftVectorBar", "⥒") N("Leftarrow", "⇐") \
    N("Leftrightarrow", "⇔") N("LessEqualGreater", "⋚") N("LessFullEqual", "≦") \
    N("LessGreater", "≶") N("LessLess", "⪡") N("LessSlantEqual", "⩽") \
    N("LessTilde", "≲") N("Lfr", "𝔏") N("Ll", "⋘") N("Lleftarrow", "⇚") \
    N("Lmidot", "Ŀ") N("LongLeftArrow", "⟵") N("LongLeftRightArrow", "⟷") \
    N("LongRightArrow", "⟶") N("Longleftarrow", "⟸") N("Longleftrightarrow", "⟺") \
    N("Longrightarrow", "⟹") N("Lopf", "𝕃") N("LowerLeftArrow", "↙") \
    N("LowerRightArrow", "↘") N("Lscr", "ℒ") N("Lsh", "↰") N("Lstrok", "Ł") \
    N("Lt", "≪") N("Map", "⤅") N("Mcy", "М") N("MediumSpace", "\xe2\x81\x9f") \
    N("Mellintrf", "ℳ") N("Mfr", "𝔐") N("MinusPlus", "∓") N("Mopf", "𝕄") \
    N("Mscr", "ℳ") N("Mu", "Μ") N("NJcy", "Њ") N("Nacute", "Ń") N("Ncaron", "Ň") \
    N("Ncedil", "Ņ") N("Ncy", "Н") N("NegativeMediumSpace", "\xe2\x80\x8b") \
    N("NegativeThickSpace", "\xe2\x80\x8b") N("NegativeThinSpace", "\xe2\x80\x8b") \
    N("NegativeVeryThinSpace", "\xe2\x80\x8b") N("NestedGreaterGreater", "≫") \
    N("NestedLessLess", "≪") N("NewLine", "\n") N("Nfr", "𝔑") \
    N("NoBreak", "\xe2\x81\xa0") N("NonBreakingSpace", "\xc2\xa0") N("Nopf", "ℕ") \
    N("Not", "⫬") N("NotCongruent", "≢") N("NotCupCap", "≭") \
    N("NotDoubleVerticalBar", "∦") N("NotElement", "∉") N("NotEqual", "≠") \
    N("NotEqualTilde", "\xe2\x89\x82\xcc\xb8") N("NotExists", "∄") \
    N("NotGreater", "≯") N("NotGreaterEqual", "≱") \
    N("NotGreaterFullEqual", "\xe2\x89\xa7\xcc\xb8") \
    N("NotGreaterGreater", "\xe2\x89\xab\xcc\xb8") N("NotGreaterLess", "≹") \
    N("NotGreaterSlantEqual", "\xe2\xa9\xbe\xcc\xb8") N("NotGreaterTilde", "≵") \
    N("NotHumpDownHump", "\xe2\x89\x8e\xcc\xb8") \
    N("NotHumpEqual", "\xe2\x89\x8f\xcc\xb8") N("NotLeftTriangle", "⋪") \
    N("NotLeftTriangleBar", "\xe2\xa7\x8f\xcc\xb8") N("NotLeftTriangleEqual", "⋬") \
    N("NotLess", "≮") N("NotLessEqual", "≰") N("NotLessGreater", "≸") \
    N("NotLessLess", "\xe2\x89\xaa\xcc\xb8") \
    N("NotLessSlantEqual", "\xe2\xa9\xbd\xcc\xb8") N("NotLessTilde", "≴") \
    N("NotNestedGreaterGreater", "\xe2\xaa\xa2\xcc\xb8") \
    N("NotNestedLessLess", "\xe2\xaa\xa1\xcc\xb8") N("NotPrecedes", "⊀") \
    N("NotPrecedesEqual", "\xe2\xaa\xaf\xcc\xb8") N("NotPrecedesSlantEqual", "⋠") \
    N("NotReverseElement", "∌") N("NotRightTriangle", "⋫") \
    N("NotRightTriangleBar", "\xe2\xa7\x90\xcc\xb8") N("NotRightTriangleEqual", "⋭") \
    N("NotSquareSubset", "\xe2\x8a\x8f\xcc\xb8") N("NotSquareSubsetEqual", "⋢") \
    N("NotSquareSuperset", "\xe2\x8a\x90\xcc\xb8") N("NotSquareSupersetEqual", "⋣") \
    N("NotSubset", "\xe2\x8a\x82\xe2\x83\x92") N("NotSubsetEqual", "⊈") \
    N("NotSucceeds", "⊁") N("NotSucceedsEqual", "\xe2\xaa\xb0\xcc\xb8") \
    N("NotSucceedsSlantEqual", "⋡") N("NotSucceedsTilde", "\xe2\x89\xbf\xcc\xb8") \
    N("NotSuperset", "\xe2\x8a\x83\xe2\x83\x92") N("NotSupersetEqual", "⊉") \
    N("NotTilde", "≁") N("NotTildeEqual", "≄") N("NotTildeFullEqual", "≇") \
    N("NotTildeTilde", "≉") N("NotVerticalBar", "∤") N("Nscr", "𝒩") L("Ntilde", "Ñ") \
    N("Nu", "Ν") N("OElig", "Œ") L("Oacute", "Ó") L("Ocirc", "Ô") N("Ocy", "О") \
    N("Odblac", "Ő") N("Ofr", "𝔒") L("Ograve", "Ò") N("Omacr", "Ō") N("Omega", "Ω") \
    N("Omicron", "Ο") N("Oopf", "𝕆") N("OpenCurlyDoubleQuote", "“") \
    N("OpenCurlyQuote", "‘") N("Or", "⩔") N("Oscr", "𝒪") L("Oslash", "Ø") \
    L("Otilde", "Õ") N("Otimes", "⨷") L("Ouml", "Ö") N("OverBar", "‾") \
    N("OverBrace", "⏞") N("OverBracket", "⎴") N("OverParenthesis", "⏜") \
    N("PartialD", "∂") N("Pcy", "П") N("Pfr", "𝔓") N("Phi", "Φ") N("Pi", "Π") \
    N("PlusMinus", "±") N("Poincareplane", "ℌ") N("Popf", "ℙ") N("Pr", "⪻") \
    N("Precedes", "≺") N("PrecedesEqual", "⪯") N("PrecedesSlantEqual", "≼") \
    N("PrecedesTilde", "≾") N("Prime", "″") N("Product", "∏") N("Proportion", "∷") \
    N("Proportional", "∝") N("Pscr", "𝒫") N("Psi", "Ψ") L("QUOT", "\"") N("Qfr", "𝔔") \
    N("Qopf", "ℚ") N("Qscr", "𝒬") N("RBarr", "⤐") L("REG", "®") N("Racute", "Ŕ") \
    N("Rang", "⟫") N("Rarr", "↠") N("Rarrtl", "⤖") N("Rcaron", "Ř") N("Rcedil", "Ŗ") \
    N("Rcy", "Р") N("Re", "ℜ") N("ReverseElement", "∋") N("ReverseEquilibrium", "⇋") \
    N("ReverseUpEquilibrium", "⥯") N("Rfr", "ℜ") N("Rho", "Ρ") \
    N("RightAngleBracket", "⟩") N("RightArrow", "→") N("RightArrowBar", "⇥") \
    N("RightArrowLeftArrow", "⇄") N("RightCeiling", "⌉") N("RightDoubleBracket", "⟧") \
    N("RightDownTeeVector", "⥝") N("RightDownVector", "⇂") \
    N("RightDownVectorBar", "⥕") N("RightFloor", "⌋") N("RightTee", "⊢") \
    N("RightTeeArrow", "↦") N("RightTeeVector", "⥛") N("RightTriangle", "⊳") \
    N("RightTriangleBar", "⧐") N("RightTriangleEqual", "⊵") \
    N("RightUpDownVector", "⥏") N("RightUpTeeVector", "⥜") N("RightUpVector", "↾") \
    N("RightUpVectorBar", "⥔") N("RightVector", "⇀") N("RightVectorBar", "⥓") \
    N("Rightarrow", "⇒") N("Ropf", "ℝ") N("RoundImplies", "⥰") N("Rrightarrow", "⇛") \
    N("Rscr", "ℛ") N("Rsh", "↱") N("RuleDelayed", "⧴") N("SHCHcy", "Щ") N("SHcy", "Ш") \
    N("SOFTcy", "Ь") N("Sacute", "Ś") N("Sc", "⪼") N("Scaron", "Š") N("Scedil", "Ş") \
    N("Scirc", "Ŝ") N("Scy", "С") N("Sfr", "𝔖") N("ShortDownArrow", "↓") \
    N("ShortLeftArrow", "←") N("ShortRightArrow", "→") N("ShortUpArrow", "↑") \
    N("Sigma", "Σ") N("SmallCircle", "∘") N("Sopf", "𝕊") N("Sqrt", "√") \
    N("Square", "□") N("SquareIntersection", "⊓") N("SquareSubset", "⊏") \
    N("SquareSubsetEqual", "⊑") N("SquareSuperset", "⊐") N("SquareSupersetEqual", "⊒") \
    N("SquareUnion", "⊔") N("Sscr", "𝒮") N("Star", "⋆") N("Sub", "⋐") N("Subset", "⋐") \
    N("SubsetEqual", "⊆") N("Succeeds", "≻") N("SucceedsEqual", "⪰") \
    N("SucceedsSlantEqual", "≽") N("SucceedsTilde", "≿") N("SuchThat", "∋") \
    N("Sum", "∑") N("Sup", "⋑") N("Superset", "⊃") N("SupersetEqual", "⊇") \
    N("Supset", "⋑") L("THORN", "Þ") N("TRADE", "™") N("TSHcy", "Ћ") N("TScy", "Ц") \
    N("Tab", "\t") N("Tau", "Τ") N("Tcaron", "Ť") N("Tcedil", "Ţ") N("Tcy", "Т") \
    N("Tfr", "𝔗") N("Therefore", "∴") N("Theta", "Θ") \
    N("ThickSpace", "\xe2\x81\x9f\xe2\x80\x8a") N("ThinSpace", "\xe2\x80\x89") \
    N("Tilde", "∼") N("TildeEqual", "≃") N("TildeFullEqual", "≅") N("TildeTilde", "≈") \
    N("Topf", "𝕋") N("TripleDot", "\xe2\x83\x9b") N("Tscr", "𝒯") N("Tstrok", "Ŧ") \
    L("Uacute", "Ú") N("Uarr", "↟") N("Uarrocir", "⥉") N("Ubrcy", "Ў") \
    N("Ubreve", "Ŭ") L("Ucirc", "Û") N("Ucy", "У") N("Udblac", "Ű") N("Ufr", "𝔘") \
    L("Ugrave", "Ù") N("Umacr", "Ū") N("UnderBar", "_") N("UnderBrace", "⏟") \
    N("UnderBracket", "⎵") N("UnderParenthesis", "⏝") N("Union", "⋃") \
    N("UnionPlus", "⊎") N("Uogon", "Ų") N("Uopf", "𝕌") N("UpArrow", "↑") \
    N("UpArrowBar", "⤒") N("UpArrowDownArrow", "⇅") N("UpDownArrow", "↕") \
    N("UpEquilibrium", "⥮") N("UpTee", "⊥") N("UpTeeArrow", "↥") N("Uparrow", "⇑") \
    N("Updownarrow", "⇕") N("UpperLeftArrow", "↖") N("UpperRightArrow", "↗") \
    N("Upsi", "ϒ") N("Upsilon", "Υ") N("Uring", "Ů") N("Uscr", "𝒰") N("Utilde", "Ũ") \
    L("Uuml", "Ü") N("VDash", "⊫") N("Vbar", "⫫") N("Vcy", "В") N("Vdash", "⊩") \
    N("Vdashl", "⫦") N("Vee", "⋁") N("Verbar", "‖") N("Vert", "‖") \
    N("VerticalBar", "∣") N("VerticalLine", "|") N("VerticalSeparator", "❘") \
    N("VerticalTilde", "≀") N("VeryThinSpace", "\xe2\x80\x8a") N("Vfr", "𝔙") \
    N("Vopf", "𝕍") N("Vscr", "𝒱") N("Vvdash", "⊪") N("Wcirc", "Ŵ") N("Wedge", "⋀") \
    N("Wfr", "𝔚") N("Wopf", "𝕎") N("Wscr", "𝒲") N("Xfr", "𝔛") N("Xi", "Ξ") \
    N("Xopf", "𝕏") N("Xscr", "𝒳") N("YAcy", "Я") N("YIcy", "Ї") N("YUcy", "Ю") \
    L("Yacute", "Ý") N("Ycirc", "Ŷ") N("Ycy", "Ы") N("Yfr", "𝔜") N("Yopf", "𝕐") \
    N("Yscr", "𝒴") N("Yuml", "Ÿ") N("ZHcy", "Ж") N("Zacute", "Ź") N("Zcaron", "Ž") \
    N("Zcy", "З") N("Zdot", "Ż") N("ZeroWidthSpace", "\xe2\x80\x8b") N("Zeta", "Ζ") \
    N("Zfr", "ℨ") N("Zopf", "ℤ") N("Zscr", "𝒵") L("aacute", "á") N("abreve", "ă") \
    N("ac", "∾") N("acE", "\xe2\x88\xbe\xcc\xb3") N("acd", "∿") L("acirc", "â") \
    L("acute", "´") N("acy", "а") L("aelig", "æ") N("af", "\xe2\x81\xa1") \
    N("afr", "𝔞") L("agrave", "à") N("alefsym", "ℵ") N("aleph", "ℵ") N("alpha", "α") \
    N("amacr", "ā") N("amalg", "⨿") L("amp", "&") N("and", "∧") N("andand", "⩕") \
    N("andd", "⩜") N("andslope", "⩘") N("andv", "⩚") N("ang", "∠") N("ange", "⦤") \
    N("angle", "∠") N("angmsd", "∡") N("angmsdaa", "⦨") N("angmsdab", "⦩") \
    N("angmsdac", "⦪") N("angmsdad", "⦫") N("angmsdae", "⦬") N("angmsdaf", "⦭") \
    N("angmsdag", "⦮") N("angmsdah", "⦯") N("angrt", "∟") N("angrtvb", "⊾") \
    N("angrtvbd", "⦝") N("angsph", "∢") N("angst", "Å") N("angzarr", "⍼") \
    N("aogon", "ą") N("aopf", "𝕒") N("ap", "≈") N("apE", "⩰") N("apacir", "⩯") \
    N("ape", "≊") N("apid", "≋") N("apos", "'") N("approx", "≈") N("approxeq", "≊") \
    L("aring", "å") N("ascr", "𝒶") N("ast", "*") N("asymp", "≈") N("asympeq", "≍") \
    L("atilde", "ã") L("auml", "ä") N("awconint", "∳") N("awint", "⨑") N("bNot", "⫭") \
    N("backcong", "≌") N("backepsilon", "϶") N("backprime", "‵") N("backsim", "∽") \
    N("backsimeq", "⋍") N("barvee", "⊽") N("barwed", "⌅") N("barwedge", "⌅") \
    N("bbrk", "⎵") N("bbrktbrk", "⎶") N("bcong", "≌") N("bcy", "б") N("bdquo", "„") \
    N("becaus", "∵") N("because", "∵") N("bemptyv", "⦰") N("bepsi", "϶") \
    N("bernou", "ℬ") N("beta", "β") N("beth", "ℶ") N("between", "≬") N("bfr", "𝔟") \
    N("bigcap", "⋂") N("bigcirc", "◯") N("bigcup", "⋃") N("bigodot", "⨀") \
    N("bigoplus", "⨁") N("bigotimes", "⨂") N("bigsqcup", "⨆") N("bigstar", "★") \
    N("bigtriangledown", "▽") N("bigtriangleup", "△") N("biguplus", "⨄") \
    N("bigvee", "⋁") N("bigwedge", "⋀") N("bkarow", "⤍") N("blacklozenge", "⧫") \
    N("blacksquare", "▪") N("blacktriangle", "▴") N("blacktriangledown", "▾") \
    N("blacktriangleleft", "◂") N("blacktriangleright", "▸") N("blank", "␣") \
    N("blk12", "▒") N("blk14", "░") N("blk34", "▓") N("block", "█") \
    N("bne", "\x3d\xe2\x83\xa5") N("bnequiv", "\xe2\x89\xa1\xe2\x83\xa5") \
    N("bnot", "⌐") N("bopf", "𝕓") N("bot", "⊥") N("bottom", "⊥") N("bowtie", "⋈") \
    N("boxDL", "╗") N("boxDR", "╔") N("boxDl", "╖") N("boxDr", "╓") N("boxH", "═") \
    N("boxHD", "╦") N("boxHU", "╩") N("boxHd", "╤") N("boxHu", "╧") N("boxUL", "╝") \
    N("boxUR", "╚") N("boxUl", "╜") N("boxUr", "╙") N("boxV", "║") N("boxVH", "╬") \
    N("boxVL", "╣") N("boxVR", "╠") N("boxVh", "╫") N("boxVl", "╢") N("boxVr", "╟") \
    N("boxbox", "⧉") N("boxdL", "╕") N("boxdR", "╒") N("boxdl", "┐") N("boxdr", "┌") \
    N("boxh", "─") N("boxhD", "╥") N("boxhU", "╨") N("boxhd", "┬") N("boxhu", "┴") \
    N("boxminus", "⊟") N("boxplus", "⊞") N("boxtimes", "⊠") N("boxuL", "╛") \
    N("boxuR", "╘") N("boxul", "┘") N("boxur", "└") N("boxv", "│") N("boxvH", "╪") \
    N("boxvL", "╡") N("boxvR", "╞") N("boxvh", "┼") N("boxvl", "┤") N("boxvr", "├") \
    N("bprime", "‵") N("breve", "˘") L("brvbar", "¦") N("bscr", "𝒷") N("bsemi", "⁏") \
    N("bsim", "∽") N("bsime", "⋍") N("bsol", "\\") N("bsolb", "⧅") N("bsolhsub", "⟈") \
    N("bull", "•") N("bullet", "•") N("bump", "≎") N("bumpE", "⪮") N("bumpe", "≏") \
    N("bumpeq", "≏") N("cacute", "ć") N("cap", "∩") N("capand", "⩄") \
    N("capbrcup", "⩉") N("capcap", "⩋") N("capcup", "⩇") N("capdot", "⩀") \
    N("caps", "∩︀") N("caret", "⁁") N("caron", "ˇ") N("ccaps", "⩍") N("ccaron", "č") \
    L("ccedil", "ç") N("ccirc", "ĉ") N("ccups", "⩌") N("ccupssm", "⩐") N("cdot", "ċ") \
    L("cedil", "¸") N("cemptyv", "⦲") L("cent", "¢") N("centerdot", "·") N("cfr", "𝔠") \
    N("chcy", "ч") N("check", "✓") N("checkmark", "✓") N("chi", "χ") N("cir", "○") \
    N("cirE", "⧃") N("circ", "ˆ") N("circeq", "≗") N("circlearrowleft", "↺") \
    N("circlearrowright", "↻") N("circledR", "®") N("circledS", "Ⓢ") \
    N("circledast", "⊛") N("circledcirc", "⊚") N("circleddash", "⊝") N("cire", "≗") \
    N("cirfnint", "⨐") N("cirmid", "⫯") N("cirscir", "⧂") N("clubs", "♣") \
    N("clubsuit", "♣") N("colon", ":") N("colone", "≔") N("coloneq", "≔") \
    N("comma", ",") N("commat", "@") N("comp", "∁") N("compfn", "∘") \
    N("complement", "∁") N("complexes", "ℂ") N("cong", "≅") N("congdot", "⩭") \
    N("conint", "∮") N("copf", "𝕔") N("coprod", "∐") L("copy", "©") N("copysr", "℗") \
    N("crarr", "↵") N("cross", "✗") N("cscr", "𝒸") N("csub", "⫏") N("csube", "⫑") \
    N("csup", "⫐") N("csupe", "⫒") N("ctdot", "⋯") N("cudarrl", "⤸") N("cudarrr", "⤵") \
    N("cuepr", "⋞") N("cuesc", "⋟") N("cularr", "↶") N("cularrp", "⤽") N("cup", "∪") \
    N("cupbrcap", "⩈") N("cupcap", "⩆") N("cupcup", "⩊") N("cupdot", "⊍") \
    N("cupor", "⩅") N("cups", "∪︀") N("curarr", "↷") N("curarrm", "⤼") \
    N("curlyeqprec", "⋞") N("curlyeqsucc", "⋟") N("curlyvee", "⋎") \
    N("curlywedge", "⋏") L("curren", "¤") N("curvearrowleft", "↶") \
    N("curvearrowright", "↷") N("cuvee", "⋎") N("cuwed", "⋏") N("cwconint", "∲") \
    N("cwint", "∱") N("cylcty", "⌭") N("dArr", "⇓") N("dHar", "⥥") N("dagger", "†") \
    N("daleth", "ℸ") N("darr", "↓") N("dash", "‐") N("dashv", "⊣") N("dbkarow", "⤏") \
    N("dblac", "˝") N("dcaron", "ď") N("dcy", "д") N("dd", "ⅆ") N("ddagger", "‡") \
    N("ddarr", "⇊") N("ddotseq", "⩷") L("deg", "°") N("delta", "δ") N("demptyv", "⦱") \
    N("dfisht", "⥿") N("dfr", "𝔡") N("dharl", "⇃") N("dharr", "⇂") N("diam", "⋄") \
    N("diamond", "⋄") N("diamondsuit", "♦") N("diams", "♦") N("die", "¨") \
    N("digamma", "ϝ") N("disin", "⋲") N("div", "÷") L("divide", "÷") \
    N("divideontimes", "⋇") N("divonx", "⋇") N("djcy", "ђ") N("dlcorn", "⌞") \
    N("dlcrop", "⌍") N("dollar", "$") N("dopf", "𝕕") N("dot", "˙") N("doteq", "≐") \
    N("doteqdot", "≑") N("dotminus", "∸") N("dotplus", "∔") N("dotsquare", "⊡") \
    N("doublebarwedge", "⌆") N("downarrow", "↓") N("downdownarrows", "⇊") \
    N("downharpoonleft", "⇃") N("downharpoonright", "⇂") N("drbkarow", "⤐") \
    N("drcorn", "⌟") N("drcrop", "⌌") N("dscr", "𝒹") N("dscy", "ѕ") N("dsol", "⧶") \
    N("dstrok", "đ") N("dtdot", "⋱") N("dtri", "▿") N("dtrif", "▾") N("duarr", "⇵") \
    N("duhar", "⥯") N("dwangle", "⦦") N("dzcy", "џ") N("dzigrarr", "⟿") \
    N("eDDot", "⩷") N("eDot", "≑") L("eacute", "é") N("easter", "⩮") N("ecaron", "ě") \
    N("ecir", "≖") L("ecirc", "ê") N("ecolon", "≕") N("ecy", "э") N("edot", "ė") \
    N("ee", "ⅇ") N("efDot", "≒") N("efr", "𝔢") N("eg", "⪚") L("egrave", "è") \
    N("egs", "⪖") N("egsdot", "⪘") N("el", "⪙") N("elinters", "⏧") N("ell", "ℓ") \
    N("els", "⪕") N("elsdot", "⪗") N("emacr", "ē") N("empty", "∅") N("emptyset", "∅") \
    N("emptyv", "∅") N("emsp", "\xe2\x80\x83") N("emsp13", "\xe2\x80\x84") \
    N("emsp14", "\xe2\x80\x85") N("eng", "ŋ") N("ensp", "\xe2\x80\x82") \
    N("eogon", "ę") N("eopf", "𝕖") N("epar", "⋕") N("eparsl", "⧣") N("eplus", "⩱") \
    N("epsi", "ε") N("epsilon", "ε") N("epsiv", "ϵ") N("eqcirc", "≖") \
    N("eqcolon", "≕") N("eqsim", "≂") N("eqslantgtr", "⪖") N("eqslantless", "⪕") \
    N("equals", "=") N("equest", "≟") N("equiv", "≡") N("equivDD", "⩸") \
    N("eqvparsl", "⧥") N("erDot", "≓") N("erarr", "⥱") N("escr", "ℯ") N("esdot", "≐") \
    N("esim", "≂") N("eta", "η") L("eth", "ð") L("euml", "ë") N("euro", "€") \
    N("excl", "!") N("exist", "∃") N("expectation", "ℰ") N("exponentiale", "ⅇ") \
    N("fallingdotseq", "≒") N("fcy", "ф") N("female", "♀") N("ffilig", "ﬃ") \
    N("fflig", "ﬀ") N("ffllig", "ﬄ") N("ffr", "𝔣") N("filig", "ﬁ") N("fjlig", "fj") \
    N("flat", "♭") N("fllig", "ﬂ") N("fltns", "▱") N("fnof", "ƒ") N("fopf", "𝕗") \
    N("forall", "∀") N("fork", "⋔") N("forkv", "⫙") N("fpartint", "⨍") \
    L("frac12", "½") N("frac13", "⅓") L("frac14", "¼") N("frac15", "⅕") \
    N("frac16", "⅙") N("frac18", "⅛") N("frac23", "⅔") N("frac25", "⅖") \
    L("frac34", "¾") N("frac35", "⅗") N("frac38", "⅜") N("frac45", "⅘") \
    N("frac56", "⅚") N("frac58", "⅝") N("frac78", "⅞") N("frasl", "⁄") N("frown", "⌢") \
    N("fscr", "𝒻") N("gE", "≧") N("gEl", "⪌") N("gacute", "ǵ") N("gamma", "γ") \
    N("gammad", "ϝ") N("gap", "⪆") N("gbreve", "ğ") N("gcirc", "ĝ") N("gcy", "г") \
    N("gdot", "ġ") N("ge", "≥") N("gel", "⋛") N("geq", "≥") N("geqq", "≧") \
    N("geqslant", "⩾") N("ges", "⩾") N("gescc", "⪩") N("gesdot", "⪀") \
    N("gesdoto", "⪂") N("gesdotol", "⪄") N("gesl", "⋛︀") N("gesles", "⪔") \
    N("gfr", "𝔤") N("gg", "≫") N("ggg", "⋙") N("gimel", "ℷ") N("gjcy", "ѓ") \
    N("gl", "≷") N("glE", "⪒") N("gla", "⪥") N("glj", "⪤") N("gnE", "≩") \
    N("gnap", "⪊") N("gnapprox", "⪊") N("gne", "⪈") N("gneq", "⪈") N("gneqq", "≩") \
    N("gnsim", "⋧") N("gopf", "𝕘") N("grave", "`") N("gscr", "ℊ") N("gsim", "≳") \
    N("gsime", "⪎") N("gsiml", "⪐") L("gt", ">") N("gtcc", "⪧") N("gtcir", "⩺") \
    N("gtdot", "⋗") N("gtlPar", "⦕") N("gtquest", "⩼") N("gtrapprox", "⪆") \
    N("gtrarr", "⥸") N("gtrdot", "⋗") N("gtreqless", "⋛") N("gtreqqless", "⪌") \
    N("gtrless", "≷") N("gtrsim", "≳") N("gvertneqq", "≩︀") N("gvnE", "≩︀") \
    N("hArr", "⇔") N("hairsp", "\xe2\x80\x8a") N("half", "½") N("hamilt", "ℋ") \
    N("hardcy", "ъ") N("harr", "↔") N("harrcir", "⥈") N("harrw", "↭") N("hbar", "ℏ") \
    N("hcirc", "ĥ") N("hearts", "♥") N("heartsuit", "♥") N("hellip", "…") \
    N("hercon", "⊹") N("hfr", "𝔥") N("hksearow", "⤥") N("hkswarow", "⤦") \
    N("hoarr", "⇿") N("homtht", "∻") N("hookleftarrow", "↩") N("hookrightarrow", "↪") \
    N("hopf", "𝕙") N("horbar", "―") N("hscr", "𝒽") N("hslash", "ℏ") N("hstrok", "ħ") \
    N("hybull", "⁃") N("hyphen", "‐") L("iacute", "í") N("ic", "\xe2\x81\xa3") \
    L("icirc", "î") N("icy", "и") N("iecy", "е") L("iexcl", "¡") N("iff", "⇔") \
    N("ifr", "𝔦") L("igrave", "ì") N("ii", "ⅈ") N("iiiint", "⨌") N("iiint", "∭") \
    N("iinfin", "⧜") N("iiota", "℩") N("ijlig", "ĳ") N("imacr", "ī") N("image", "ℑ") \
    N("imagline", "ℐ") N("imagpart", "ℑ") N("imath", "ı") N("imof", "⊷") \
    N("imped", "Ƶ") N("in", "∈") N("incare", "℅") N("infin", "∞") N("infintie", "⧝") \
    N("inodot", "ı") N("int", "∫") N("intcal", "⊺") N("integers", "ℤ") \
    N("intercal", "⊺") N("intlarhk", "⨗") N("intprod", "⨼") N("iocy", "ё") \
    N("iogon", "į") N("iopf", "𝕚") N("iota", "ι") N("iprod", "⨼") L("iquest", "¿") \
    N("iscr", "𝒾") N("isin", "∈") N("isinE", "⋹") N("isindot", "⋵") N("isins", "⋴") \
    N("isinsv", "⋳") N("isinv", "∈") N("it", "\xe2\x81\xa2") N("itilde", "ĩ") \
    N("iukcy", "і") L("iuml", "ï") N("jcirc", "ĵ") N("jcy", "й") N("jfr", "𝔧") \
    N("jmath", "ȷ") N("jopf", "𝕛") N("jscr", "𝒿") N("jsercy", "ј") N("jukcy", "є") \
    N("kappa", "κ") N("kappav", "ϰ") N("kcedil", "ķ") N("kcy", "к") N("kfr", "𝔨") \
    N("kgreen", "ĸ") N("khcy", "х") N("kjcy", "ќ") N("kopf", "𝕜") N("kscr", "𝓀") \
    N("lAarr", "⇚") N("lArr", "⇐") N("lAtail", "⤛") N("lBarr", "⤎") N("lE", "≦") \
    N("lEg", "⪋") N("lHar", "⥢") N("lacute", "ĺ") N("laemptyv", "⦴") N("lagran", "ℒ") \
    N("lambda", "λ") N("lang", "⟨") N("langd", "⦑") N("langle", "⟨") N("lap", "⪅") \
    L("laquo", "«") N("larr", "←") N("larrb", "⇤") N("larrbfs", "⤟") N("larrfs", "⤝") \
    N("larrhk", "↩") N("larrlp", "↫") N("larrpl", "⤹") N("larrsim", "⥳") \
    N("larrtl", "↢") N("lat", "⪫") N("latail", "⤙") N("late", "⪭") N("lates", "⪭︀") \
    N("lbarr", "⤌") N("lbbrk", "❲") N("lbrace", "{") N("lbrack", "[") N("lbrke", "⦋") \
    N("lbrksld", "⦏") N("lbrkslu", "⦍") N("lcaron", "ľ") N("lcedil", "ļ") \
    N("lceil", "⌈") N("lcub", "{") N("lcy", "л") N("ldca", "⤶") N("ldquo", "“") \
    N("ldquor", "„") N("ldrdhar", "⥧") N("ldrushar", "⥋") N("ldsh", "↲") N("le", "≤") \
    N("leftarrow", "←") N("leftarrowtail", "↢") N("leftharpoondown", "↽") \
    N("leftharpoonup", "↼") N("leftleftarrows", "⇇") N("leftrightarrow", "↔") \
    N("leftrightarrows", "⇆") N("leftrightharpoons", "⇋") \
    N("leftrightsquigarrow", "↭") N("leftthreetimes", "⋋") N("leg", "⋚") N("leq", "≤") \
    N("leqq", "≦") N("leqslant", "⩽") N("les", "⩽") N("lescc", "⪨") N("lesdot", "⩿") \
    N("lesdoto", "⪁") N("lesdotor", "⪃") N("lesg", "⋚︀") N("lesges", "⪓") \
    N("lessapprox", "⪅") N("lessdot", "⋖") N("lesseqgtr", "⋚") N("lesseqqgtr", "⪋") \
    N("lessgtr", "≶") N("lesssim", "≲") N("lfisht", "⥼") N("lfloor", "⌊") \
    N("lfr", "𝔩") N("lg", "≶") N("lgE", "⪑") N("lhard", "↽") N("lharu", "↼") \
    N("lharul", "⥪") N("lhblk", "▄") N("ljcy", "љ") N("ll", "≪") N("llarr", "⇇") \
    N("llcorner", "⌞") N("llhard", "⥫") N("lltri", "◺") N("lmidot", "ŀ") \
    N("lmoust", "⎰") N("lmoustache", "⎰") N("lnE", "≨") N("lnap", "⪉") \
    N("lnapprox", "⪉") N("lne", "⪇") N("lneq", "⪇") N("lneqq", "≨") N("lnsim", "⋦") \
    N("loang", "⟬") N("loarr", "⇽") N("lobrk", "⟦") N("longleftarrow", "⟵") \
    N("longleftrightarrow", "⟷") N("longmapsto", "⟼") N("longrightarrow", "⟶") \
    N("looparrowleft", "↫") N("looparrowright", "↬") N("lopar", "⦅") N("lopf", "𝕝") \
    N("loplus", "⨭") N("lotimes", "⨴") N("lowast", "∗") N("lowbar", "_") N("loz", "◊") \
    N("lozenge", "◊") N("lozf", "⧫") N("lpar", "(") N("lparlt", "⦓") N("lrarr", "⇆") \
    N("lrcorner", "⌟") N("lrhar", "⇋") N("lrhard", "⥭") N("lrm", "\xe2\x80\x8e") \
    N("lrtri", "⊿") N("lsaquo", "‹") N("lscr", "𝓁") N("lsh", "↰") N("lsim", "≲") \
    N("lsime", "⪍") N("lsimg", "⪏") N("lsqb", "[") N("lsquo", "‘") N("lsquor", "‚") \
    N("lstrok", "ł") L("lt", "<") N("ltcc", "⪦") N("ltcir", "⩹") N("ltdot", "⋖") \
    N("lthree", "⋋") N("ltimes", "⋉") N("ltlarr", "⥶") N("ltquest", "⩻") \
    N("ltrPar", "⦖") N("ltri", "◃") N("ltrie", "⊴") N("ltrif", "◂") N("lurdshar", "⥊") \
    N("luruhar", "⥦") N("lvertneqq", "≨︀") N("lvnE", "≨︀") N("mDDot", "∺") \
    L("macr", "¯") N("male", "♂") N("malt", "✠") N("maltese", "✠") N("map", "↦") \
    N("mapsto", "↦") N("mapstodown", "↧") N("mapstoleft", "↤") N("mapstoup", "↥") \
    N("marker", "▮") N("mcomma", "⨩") N("mcy", "м") N("mdash", "—") \
    N("measuredangle", "∡") N("mfr", "𝔪") N("mho", "℧") L("micro", "µ") N("mid", "∣") \
    N("midast", "*") N("midcir", "⫰") L("middot", "·") N("minus", "−") \
    N("minusb", "⊟") N("minusd", "∸") N("minusdu", "⨪") N("mlcp", "⫛") N("mldr", "…") \
    N("mnplus", "∓") N("models", "⊧") N("mopf", "𝕞") N("mp", "∓") N("mscr", "𝓂") \
    N("mstpos", "∾") N("mu", "μ") N("multimap", "⊸") N("mumap", "⊸") \
    N("nGg", "\xe2\x8b\x99\xcc\xb8") N("nGt", "\xe2\x89\xab\xe2\x83\x92") \
    N("nGtv", "\xe2\x89\xab\xcc\xb8") N("nLeftarrow", "⇍") N("nLeftrightarrow", "⇎") \
    N("nLl", "\xe2\x8b\x98\xcc\xb8") N("nLt", "\xe2\x89\xaa\xe2\x83\x92") \
    N("nLtv", "\xe2\x89\xaa\xcc\xb8") N("nRightarrow", "⇏") N("nVDash", "⊯") \
    N("nVdash", "⊮") N("nabla", "∇") N("nacute", "ń") \
    N("nang", "\xe2\x88\xa0\xe2\x83\x92") N("nap", "≉") \
    N("napE", "\xe2\xa9\xb0\xcc\xb8") N("napid", "\xe2\x89\x8b\xcc\xb8") \
    N("napos", "ŉ") N("napprox", "≉") N("natur", "♮") N("natural", "♮") \
    N("naturals", "ℕ") L("nbsp", "\xc2\xa0") N("nbump", "\xe2\x89\x8e\xcc\xb8") \
    N("nbumpe", "\xe2\x89\x8f\xcc\xb8") N("ncap", "⩃") N("ncaron", "ň") \
    N("ncedil", "ņ") N("ncong", "≇") N("ncongdot", "\xe2\xa9\xad\xcc\xb8") \
    N("ncup", "⩂") N("ncy", "н") N("ndash", "–") N("ne", "≠") N("neArr", "⇗") \
    N("nearhk", "⤤") N("nearr", "↗") N("nearrow", "↗") \
    N("nedot", "\xe2\x89\x90\xcc\xb8") N("nequiv", "≢") N("nesear", "⤨") \
    N("nesim", "\xe2\x89\x82\xcc\xb8") N("nexist", "∄") N("nexists", "∄") \
    N("nfr", "𝔫") N("ngE", "\xe2\x89\xa7\xcc\xb8") N("nge", "≱") N("ngeq", "≱") \
    N("ngeqq", "\xe2\x89\xa7\xcc\xb8") N("ngeqslant", "\xe2\xa9\xbe\xcc\xb8") \
    N("nges", "\xe2\xa9\xbe\xcc\xb8") N("ngsim", "≵") N("ngt", "≯") N("ngtr", "≯") \
    N("nhArr", "⇎") N("nharr", "↮") N("nhpar", "⫲") N("ni", "∋") N("nis", "⋼") \
    N("nisd", "⋺") N("niv", "∋") N("njcy", "њ") N("nlArr", "⇍") \
    N("nlE", "\xe2\x89\xa6\xcc\xb8") N("nlarr", "↚") N("nldr", "‥") N("nle", "≰") \
    N("nleftarrow", "↚") N("nleftrightarrow", "↮") N("nleq", "≰") \
    N("nleqq", "\xe2\x89\xa6\xcc\xb8") N("nleqslant", "\xe2\xa9\xbd\xcc\xb8") \
    N("nles", "\xe2\xa9\xbd\xcc\xb8") N("nless", "≮") N("nlsim", "≴") N("nlt", "≮") \
    N("nltri", "⋪") N("nltrie", "⋬") N("nmid", "∤") N("nopf", "𝕟") L("not", "¬") \
    N("notin", "∉") N("notinE", "\xe2\x8b\xb9\xcc\xb8") \
    N("notindot", "\xe2\x8b\xb5\xcc\xb8") N("notinva", "∉") N("notinvb", "⋷") \
    N("notinvc", "⋶") N("notni", "∌") N("notniva", "∌") N("notnivb", "⋾") \
    N("notnivc", "⋽") N("npar", "∦") N("nparallel", "∦") \
    N("nparsl", "\xe2\xab\xbd\xe2\x83\xa5") N("npart", "\xe2\x88\x82\xcc\xb8") \
    N("npolint", "⨔") N("npr", "⊀") N("nprcue", "⋠") N("npre", "\xe2\xaa\xaf\xcc\xb8") \
    N("nprec", "⊀") N("npreceq", "\xe2\xaa\xaf\xcc\xb8") N("nrArr", "⇏") \
    N("nrarr", "↛") N("nrarrc", "\xe2\xa4\xb3\xcc\xb8") \
    N("nrarrw", "\xe2\x86\x9d\xcc\xb8") N("nrightarrow", "↛") N("nrtri", "⋫") \
    N("nrtrie", "⋭") N("nsc", "⊁") N("nsccue", "⋡") N("nsce", "\xe2\xaa\xb0\xcc\xb8") \
    N("nscr", "𝓃") N("nshortmid", "∤") N("nshortparallel", "∦") N("nsim", "≁") \
    N("nsime", "≄") N("nsimeq", "≄") N("nsmid", "∤") N("nspar", "∦") N("nsqsube", "⋢") \
    N("nsqsupe", "⋣") N("nsub", "⊄") N("nsubE", "\xe2\xab\x85\xcc\xb8") \
    N("nsube", "⊈") N("nsubset", "\xe2\x8a\x82\xe2\x83\x92") N("nsubseteq", "⊈") \
    N("nsubseteqq", "\xe2\xab\x85\xcc\xb8") N("nsucc", "⊁") \
    N("nsucceq", "\xe2\xaa\xb0\xcc\xb8") N("nsup", "⊅") \
    N("nsupE", "\xe2\xab\x86\xcc\xb8") N("nsupe", "⊉") \
    N("nsupset", "\xe2\x8a\x83\xe2\x83\x92") N("nsupseteq", "⊉") \
    N("nsupseteqq", "\xe2\xab\x86\xcc\xb8") N("ntgl", "≹") L("ntilde", "ñ") \
    N("ntlg", "≸") N("ntriangleleft", "⋪") N("ntrianglelefteq", "⋬") \
    N("ntriangleright", "⋫") N("ntrianglerighteq", "⋭") N("nu", "ν") N("num", "#") \
    N("numero", "№") N("numsp", "\xe2\x80\x87") N("nvDash", "⊭") N("nvHarr", "⤄") \
    N("nvap", "\xe2\x89\x8d\xe2\x83\x92") N("nvdash", "⊬") \
    N("nvge", "\xe2\x89\xa5\xe2\x83\x92") N("nvgt", "\x3e\xe2\x83\x92") \
    N("nvinfin", "⧞") N("nvlArr", "⤂") N("nvle", "\xe2\x89\xa4\xe2\x83\x92") \
    N("nvlt", "\x3c\xe2\x83\x92") N("nvltrie", "\xe2\x8a\xb4\xe2\x83\x92") \
    N("nvrArr", "⤃") N("nvrtrie", "\xe2\x8a\xb5\xe2\x83\x92") \
    N("nvsim", "\xe2\x88\xbc\xe2\x83\x92") N("nwArr", "⇖") N("nwarhk", "⤣") \
    N("nwarr", "↖") N("nwarrow", "↖") N("nwnear", "⤧") N("oS", "Ⓢ") L("oacute", "ó") \
    N("oast", "⊛") N("ocir", "⊚") L("ocirc", "ô") N("ocy", "о") N("odash", "⊝") \
    N("odblac", "ő") N("odiv", "⨸") N("odot", "⊙") N("odsold", "⦼") N("oelig", "œ") \
    N("ofcir", "⦿") N("ofr", "𝔬") N("ogon", "˛") L("ograve", "ò") N("ogt", "⧁") \
    N("ohbar", "⦵") N("ohm", "Ω") N("oint", "∮") N("olarr", "↺") N("olcir", "⦾") \
    N("olcross", "⦻") N("oline", "‾") N("olt", "⧀") N("omacr", "ō") N("omega", "ω") \
    N("omicron", "ο") N("omid", "⦶") N("ominus", "⊖") N("oopf", "𝕠") N("opar", "⦷") \
    N("operp", "⦹") N("oplus", "⊕") N("or", "∨") N("orarr", "↻") N("ord", "⩝") \
    N("order", "ℴ") N("orderof", "ℴ") L("ordf", "ª") L("ordm", "º") N("origof", "⊶") \
    N("oror", "⩖") N("orslope", "⩗") N("orv", "⩛") N("oscr", "ℴ") L("oslash", "ø") \
    N("osol", "⊘") L("otilde", "õ") N("otimes", "⊗") N("otimesas", "⨶") L("ouml", "ö") \
    N("ovbar", "⌽") N("par", "∥") L("para", "¶") N("parallel", "∥") N("parsim", "⫳") \
    N("parsl", "⫽") N("part", "∂") N("pcy", "п") N("percnt", "%") N("period", ".") \
    N("permil", "‰") N("perp", "⊥") N("pertenk", "‱") N("pfr", "𝔭") N("phi", "φ") \
    N("phiv", "ϕ") N("phmmat", "ℳ") N("phone", "☎") N("pi", "π") N("pitchfork", "⋔") \
    N("piv", "ϖ") N("planck", "ℏ") N("planckh", "ℎ") N("plankv", "ℏ") N("plus", "+") \
    N("plusacir", "⨣") N("plusb", "⊞") N("pluscir", "⨢") N("plusdo", "∔") \
    N("plusdu", "⨥") N("pluse", "⩲") L("plusmn", "±") N("plussim", "⨦") \
    N("plustwo", "⨧") N("pm", "±") N("pointint", "⨕") N("popf", "𝕡") L("pound", "£") \
    N("pr", "≺") N("prE", "⪳") N("prap", "⪷") N("prcue", "≼") N("pre", "⪯") \
    N("prec", "≺") N("precapprox", "⪷") N("preccurlyeq", "≼") N("preceq", "⪯") \
    N("precnapprox", "⪹") N("precneqq", "⪵") N("precnsim", "⋨") N("precsim", "≾") \
    N("prime", "′") N("primes", "ℙ") N("prnE", "⪵") N("prnap", "⪹") N("prnsim", "⋨") \
    N("prod", "∏") N("profalar", "⌮") N("profline", "⌒") N("profsurf", "⌓") \
    N("prop", "∝") N("propto", "∝") N("prsim", "≾") N("prurel", "⊰") N("pscr", "𝓅") \
    N("psi", "ψ") N("puncsp", "\xe2\x80\x88") N("qfr", "𝔮") N("qint", "⨌") \
    N("qopf", "𝕢") N("qprime", "⁗") N("qscr", "𝓆") N("quaternions", "ℍ") \
    N("quatint", "⨖") N("quest", "?") N("questeq", "≟") L("quot", "\"") \
    N("rAarr", "⇛") N("rArr", "⇒") N("rAtail", "⤜") N("rBarr", "⤏") N("rHar", "⥤") \
    N("race", "\xe2\x88\xbd\xcc\xb1") N("racute", "ŕ") N("radic", "√") \
    N("raemptyv", "⦳") N("rang", "⟩") N("rangd", "⦒") N("range", "⦥") N("rangle", "⟩") \
    L("raquo", "»") N("rarr", "→") N("rarrap", "⥵") N("rarrb", "⇥") N("rarrbfs", "⤠") \
    N("rarrc", "⤳") N("rarrfs", "⤞") N("rarrhk", "↪") N("rarrlp", "↬") \
    N("rarrpl", "⥅") N("rarrsim", "⥴") N("rarrtl", "↣") N("rarrw", "↝") \
    N("ratail", "⤚") N("ratio", "∶") N("rationals", "ℚ") N("rbarr", "⤍") \
    N("rbbrk", "❳") N("rbrace", "}") N("rbrack", "]") N("rbrke", "⦌") \
    N("rbrksld", "⦎") N("rbrkslu", "⦐") N("rcaron", "ř") N("rcedil", "ŗ") \
    N("rceil", "⌉") N("rcub", "}") N("rcy", "р") N("rdca", "⤷") N("rdldhar", "⥩") \
    N("rdquo", "”") N("rdquor", "”") N("rdsh", "↳") N("real", "ℜ") N("realine", "ℛ") \
    N("realpart", "ℜ") N("reals", "ℝ") N("rect", "▭") L("reg", "®") N("rfisht", "⥽") \
    N("rfloor", "⌋") N("rfr", "𝔯") N("rhard", "⇁") N("rharu", "⇀") N("rharul", "⥬") \
    N("rho", "ρ") N("rhov", "ϱ") N("rightarrow", "→") N("rightarrowtail", "↣") \
    N("rightharpoondown", "⇁") N("rightharpoonup", "⇀") N("rightleftarrows", "⇄") \
    N("rightleftharpoons", "⇌") N("rightrightarrows", "⇉") N("rightsquigarrow", "↝") \
    N("rightthreetimes", "⋌") N("ring", "˚") N("risingdotseq", "≓") N("rlarr", "⇄") \
    N("rlhar", "⇌") N("rlm", "\xe2\x80\x8f") N("rmoust", "⎱") N("rmoustache", "⎱") \
    N("rnmid", "⫮") N("roang", "⟭") N("roarr", "⇾") N("robrk", "⟧") N("ropar", "⦆") \
    N("ropf", "𝕣") N("roplus", "⨮") N("rotimes", "⨵") N("rpar", ")") N("rpargt", "⦔") \
    N("rppolint", "⨒") N("rrarr", "⇉") N("rsaquo", "›") N("rscr", "𝓇") N("rsh", "↱") \
    N("rsqb", "]") N("rsquo", "’") N("rsquor", "’") N("rthree", "⋌") N("rtimes", "⋊") \
    N("rtri", "▹") N("rtrie", "⊵") N("rtrif", "▸") N("rtriltri", "⧎") \
    N("ruluhar", "⥨") N("rx", "℞") N("sacute", "ś") N("sbquo", "‚") N("sc", "≻") \
    N("scE", "⪴") N("scap", "⪸") N("scaron", "š") N("sccue", "≽") N("sce", "⪰") \
    N("scedil", "ş") N("scirc", "ŝ") N("scnE", "⪶") N("scnap", "⪺") N("scnsim", "⋩") \
    N("scpolint", "⨓") N("scsim", "≿") N("scy", "с") N("sdot", "⋅") N("sdotb", "⊡") \
    N("sdote", "⩦") N("seArr", "⇘") N("searhk", "⤥") N("searr", "↘") N("searrow", "↘") \
    L("sect", "§") N("semi", ";") N("seswar", "⤩") N("setminus", "∖") N("setmn", "∖") \
    N("sext", "✶") N("sfr", "𝔰") N("sfrown", "⌢") N("sharp", "♯") N("shchcy", "щ") \
    N("shcy", "ш") N("shortmid", "∣") N("shortparallel", "∥") L("shy", "\xc2\xad") \
    N("sigma", "σ") N("sigmaf", "ς") N("sigmav", "ς") N("sim", "∼") N("simdot", "⩪") \
    N("sime", "≃") N("simeq", "≃") N("simg", "⪞") N("simgE", "⪠") N("siml", "⪝") \
    N("simlE", "⪟") N("simne", "≆") N("simplus", "⨤") N("simrarr", "⥲") \
    N("slarr", "←") N("smallsetminus", "∖") N("smashp", "⨳") N("smeparsl", "⧤") \
    N("smid", "∣") N("smile", "⌣") N("smt", "⪪") N("smte", "⪬") N("smtes", "⪬︀") \
    N("softcy", "ь") N("sol", "/") N("solb", "⧄") N("solbar", "⌿") N("sopf", "𝕤") \
    N("spades", "♠") N("spadesuit", "♠") N("spar", "∥") N("sqcap", "⊓") \
    N("sqcaps", "⊓︀") N("sqcup", "⊔") N("sqcups", "⊔︀") N("sqsub", "⊏") \
    N("sqsube", "⊑") N("sqsubset", "⊏") N("sqsubseteq", "⊑") N("sqsup", "⊐") \
    N("sqsupe", "⊒") N("sqsupset", "⊐") N("sqsupseteq", "⊒") N("squ", "□") \
    N("square", "□") N("squarf", "▪") N("squf", "▪") N("srarr", "→") N("sscr", "𝓈") \
    N("ssetmn", "∖") N("ssmile", "⌣") N("sstarf", "⋆") N("star", "☆") N("starf", "★") \
    N("straightepsilon", "ϵ") N("straightphi", "ϕ") N("strns", "¯") N("sub", "⊂") \
    N("subE", "⫅") N("subdot", "⪽") N("sube", "⊆") N("subedot", "⫃") N("submult", "⫁") \
    N("subnE", "⫋") N("subne", "⊊") N("subplus", "⪿") N("subrarr", "⥹") \
    N("subset", "⊂") N("subseteq", "⊆") N("subseteqq", "⫅") N("subsetneq", "⊊") \
    N("subsetneqq", "⫋") N("subsim", "⫇") N("subsub", "⫕") N("subsup", "⫓") \
    N("succ", "≻") N("succapprox", "⪸") N("succcurlyeq", "≽") N("succeq", "⪰") \
    N("succnapprox", "⪺") N("succneqq", "⪶") N("succnsim", "⋩") N("succsim", "≿") \
    N("sum", "∑") N("sung", "♪") N("sup", "⊃") L("sup1", "¹") L("sup2", "²") \
    L("sup3", "³") N("supE", "⫆") N("supdot", "⪾") N("supdsub", "⫘") N("supe", "⊇") \
    N("supedot", "⫄") N("suphsol", "⟉") N("suphsub", "⫗") N("suplarr", "⥻") \
    N("supmult", "⫂") N("supnE", "⫌") N("supne", "⊋") N("supplus", "⫀") \
    N("supset", "⊃") N("supseteq", "⊇") N("supseteqq", "⫆") N("supsetneq", "⊋") \
    N("supsetneqq", "⫌") N("supsim", "⫈") N("supsub", "⫔") N("supsup", "⫖") \
    N("swArr", "⇙") N("swarhk", "⤦") N("swarr", "↙") N("swarrow", "↙") \
    N("swnwar", "⤪") L("szlig", "ß") N("target", "⌖") N("tau", "τ") N("tbrk", "⎴") \
    N("tcaron", "ť") N("tcedil", "ţ") N("tcy", "т") N("tdot", "\xe2\x83\x9b") \
    N("telrec", "⌕") N("tfr", "𝔱") N("there4", "∴") N("therefore", "∴") \
    N("theta", "θ") N("thetasym", "ϑ") N("thetav", "ϑ") N("thickapprox", "≈") \
    N("thicksim", "∼") N("thinsp", "\xe2\x80\x89") N("thkap", "≈") N("thksim", "∼") \
    L("thorn", "þ") N("tilde", "˜") L("times", "×") N("timesb", "⊠") \
    N("timesbar", "⨱") N("timesd", "⨰") N("tint", "∭") N("toea", "⤨") N("top", "⊤") \
    N("topbot", "⌶") N("topcir", "⫱") N("topf", "𝕥") N("topfork", "⫚") N("tosa", "⤩") \
    N("tprime", "‴") N("trade", "™") N("triangle", "▵") N("triangledown", "▿") \
    N("triangleleft", "◃") N("trianglelefteq", "⊴") N("triangleq", "≜") \
    N("triangleright", "▹") N("trianglerighteq", "⊵") N("tridot", "◬") N("trie", "≜") \
    N("triminus", "⨺") N("triplus", "⨹") N("trisb", "⧍") N("tritime", "⨻") \
    N("trpezium", "⏢") N("tscr", "𝓉") N("tscy", "ц") N("tshcy", "ћ") N("tstrok", "ŧ") \
    N("twixt", "≬") N("twoheadleftarrow", "↞") N("twoheadrightarrow", "↠") \
    N("uArr", "⇑") N("uHar", "⥣") L("uacute", "ú") N("uarr", "↑") N("ubrcy", "ў") \
    N("ubreve", "ŭ") L("ucirc", "û") N("ucy", "у") N("udarr", "⇅") N("udblac", "ű") \
    N("udhar", "⥮") N("ufisht", "⥾") N("ufr", "𝔲") L("ugrave", "ù") N("uharl", "↿") \
    N("uharr", "↾") N("uhblk", "▀") N("ulcorn", "⌜") N("ulcorner", "⌜") \
    N("ulcrop", "⌏") N("ultri", "◸") N("umacr", "ū") L("uml", "¨") N("uogon", "ų") \
    N("uopf", "𝕦") N("uparrow", "↑") N("updownarrow", "↕") N("upharpoonleft", "↿") \
    N("upharpoonright", "↾") N("uplus", "⊎") N("upsi", "υ") N("upsih", "ϒ") \
    N("upsilon", "υ") N("upuparrows", "⇈") N("urcorn", "⌝") N("urcorner", "⌝") \
    N("urcrop", "⌎") N("uring", "ů") N("urtri", "◹") N("uscr", "𝓊") N("utdot", "⋰") \
    N("utilde", "ũ") N("utri", "▵") N("utrif", "▴") N("uuarr", "⇈") L("uuml", "ü") \
    N("uwangle", "⦧") N("vArr", "⇕") N("vBar", "⫨") N("vBarv", "⫩") N("vDash", "⊨") \
    N("vangrt", "⦜") N("varepsilon", "ϵ") N("varkappa", "ϰ") N("varnothing", "∅") \
    N("varphi", "ϕ") N("varpi", "ϖ") N("varpropto", "∝") N("varr", "↕") \
    N("varrho", "ϱ") N("varsigma", "ς") N("varsubsetneq", "⊊︀") \
    N("varsubsetneqq", "⫋︀") N("varsupsetneq", "⊋︀") N("varsupsetneqq", "⫌︀") \
    N("vartheta", "ϑ") N("vartriangleleft", "⊲") N("vartriangleright", "⊳") \
    N("vcy", "в") N("vdash", "⊢") N("vee", "∨") N("veebar", "⊻") N("veeeq", "≚") \
    N("vellip", "⋮") N("verbar", "|") N("vert", "|") N("vfr", "𝔳") N("vltri", "⊲") \
    N("vnsub", "\xe2\x8a\x82\xe2\x83\x92") N("vnsup", "\xe2\x8a\x83\xe2\x83\x92") \
    N("vopf", "𝕧") N("vprop", "∝") N("vrtri", "⊳") N("vscr", "𝓋") N("vsubnE", "⫋︀") \
    N("vsubne", "⊊︀") N("vsupnE", "⫌︀") N("vsupne", "⊋︀") N("vzigzag", "⦚") \
    N("wcirc", "ŵ") N("wedbar", "⩟") N("wedge", "∧") N("wedgeq", "≙") N("weierp", "℘") \
    N("wfr", "𝔴") N("wopf", "𝕨") N("wp", "℘") N("wr", "≀") N("wreath", "≀") \
    N("wscr", "𝓌") N("xcap", "⋂") N("xcirc", "◯") N("xcup", "⋃") N("xdtri", "▽") \
    N("xfr", "𝔵") N("xhArr", "⟺") N("xharr", "⟷") N("xi", "ξ") N("xlArr", "⟸") \
    N("xlarr", "⟵") N("xmap", "⟼") N("xnis", "⋻") N("xodot", "⨀") N("xopf", "𝕩") \
    N("xoplus", "⨁") N("xotime", "⨂") N("xrArr", "⟹") N("xrarr", "⟶") N("xscr", "𝓍") \
    N("xsqcup", "⨆") N("xuplus", "⨄") N("xutri", "△") N("xvee", "⋁") N("xwedge", "⋀") \
    L("yacute", "ý") N("yacy", "я") N("ycirc", "ŷ") N("ycy", "ы") L("yen", "¥") \
    N("yfr", "𝔶") N("yicy", "ї") N("yopf", "𝕪") N("yscr", "𝓎") N("yucy", "ю") \
    L("yuml", "ÿ") N("zacute", "ź") N("zcaron", "ž") N("zcy", "з") N("zdot", "ż") \
    N("zeetrf", "ℨ") N("zeta", "ζ") N("zfr", "𝔷") N("zhcy", "ж") N("zigrarr", "⇝") \
    N("zopf", "𝕫") N("zscr", "𝓏") N("zwj", "\xe2\x80\x8d") N("zwnj", "\xe2\x80\x8c")
/* clang-format on */

#endif
