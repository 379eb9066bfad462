# What the fixtures use of nixpkgs' `lib`, with the same meaning.
let
  inherit (builtins)
    attrNames attrValues concatLists concatMap concatStringsSep elem elemAt filter foldl' fromJSON fromTOML functionArgs
    genList getAttr hasAttr head isAttrs isFunction isList isString length listToAttrs map mapAttrs match readFile
    removeAttrs replaceStrings split stringLength substring tail toString intersectAttrs;

  trivial = rec {
    id = value: value;
    const = value: _: value;
    flip = function: first: second: function second first;
    pipe = foldl' (value: function: function value);
    importJSON = path: fromJSON (readFile path);
    importTOML = path: fromTOML (readFile path);
    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    fakeSha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    warn = _: value: value;
    warnIf = _: _: value: value;
    throwIf = condition: message: value: if condition then throw message else value;
    throwIfNot = condition: message: value: if condition then value else throw message;
    assertMsg = condition: message: condition || throw message;
    fix = function: let self = function self; in self;
    makeOverridable =
      function: arguments:
      let
        result = function arguments;
        override = changes: makeOverridable function (arguments // (if isFunction changes then changes arguments else changes));
      in
      if isAttrs result then result // { inherit override; } else result;
  };

  lists = rec {
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    singleton = value: [ value ];
    toList = value: if isList value then value else [ value ];
    flatten = value: if isList value then concatMap flatten value else [ value ];
    last = values: elemAt values (length values - 1);
    init = values: genList (elemAt values) (length values - 1);
    take = count: values: genList (elemAt values) (if count < length values then count else length values);
    drop = count: values: if count >= length values then [ ] else genList (index: elemAt values (index + count)) (length values - count);
    range = first: end: if first > end then [ ] else genList (index: first + index) (end - first + 1);
    imap0 = function: values: genList (index: function index (elemAt values index)) (length values);
    imap1 = function: values: genList (index: function (index + 1) (elemAt values index)) (length values);
    foldr = function: end: values: if values == [ ] then end else function (head values) (foldr function end (tail values));
    foldl = function: foldl' function;
    forEach = values: function: map function values;
    unique = foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ];
    reverseList = values: genList (index: elemAt values (length values - index - 1)) (length values);
    zipListsWith =
      function: first: second:
      genList (index: function (elemAt first index) (elemAt second index)) (
        if length first < length second then length first else length second
      );
    zipLists = zipListsWith (fst: snd: { inherit fst snd; });
    findFirst =
      predicate: fallback: values:
      let
        found = filter predicate values;
      in
      if found == [ ] then fallback else head found;
    crossLists = function: foldl' (functions: values: concatMap (one: map one values) functions) [ function ];
  };

  attrsets = rec {
    nameValuePair = name: value: { inherit name value; };
    optionalAttrs = condition: set: if condition then set else { };
    mapAttrs' = function: set: listToAttrs (map (name: function name set.${name}) (attrNames set));
    mapAttrsToList = function: set: map (name: function name set.${name}) (attrNames set);
    attrsToList = mapAttrsToList nameValuePair;
    concatMapAttrs = function: set: foldl' (merged: name: merged // function name set.${name}) { } (attrNames set);
    genAttrs = names: function: listToAttrs (map (name: nameValuePair name (function name)) names);
    filterAttrs = predicate: set: removeAttrs set (filter (name: !(predicate name set.${name})) (attrNames set));
    mergeAttrsList = foldl' (merged: set: merged // set) { };
    mergeAttrs = first: second: first // second;
    getAttrs = names: set: genAttrs names (name: set.${name});
    isDerivation = value: value.type or null == "derivation";
    recurseIntoAttrs = set: set // { recurseForDerivations = true; };
    recursiveUpdateUntil =
      predicate: left: right:
      let
        merge =
          path: first: second:
          first
          // mapAttrs (
            name: value:
            let
              here = path ++ [ name ];
            in
            if first ? ${name} && !(predicate here first.${name} value) then merge here first.${name} value else value
          ) second;
      in
      merge [ ] left right;
    recursiveUpdate = recursiveUpdateUntil (_: left: right: !(isAttrs left && isAttrs right));
    attrByPath =
      path: fallback: set:
      if path == [ ] then
        set
      else if set ? ${head path} then
        attrByPath (tail path) fallback set.${head path}
      else
        fallback;
    getAttrFromPath = path: attrByPath path (throw "there is no such path");
    setAttrByPath = path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
    zipAttrsWith =
      function: sets:
      genAttrs (lists.unique (concatMap attrNames sets)) (
        name: function name (concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) sets)
      );
    foldlAttrs = function: start: set: foldl' (sum: name: function sum name set.${name}) start (attrNames set);
    mapAttrsRecursive =
      function:
      let
        descend = path: mapAttrs (name: value: if isAttrs value then descend (path ++ [ name ]) value else function (path ++ [ name ]) value);
      in
      descend [ ];
    cartesianProductOfSets =
      set: foldl' (products: name: concatMap (product: map (value: product // { ${name} = value; }) set.${name}) products) [ { } ] (attrNames set);
    cartesianProduct = cartesianProductOfSets;
  };

  strings = rec {
    concatStrings = concatStringsSep "";
    concatMapStrings = function: values: concatStrings (map function values);
    concatMapStringsSep = separator: function: values: concatStringsSep separator (map function values);
    optionalString = condition: text: if condition then text else "";
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      stringLength text >= stringLength suffix
      && substring (stringLength text - stringLength suffix) (stringLength suffix) text == suffix;
    hasInfix = infix: text: length (splitString infix text) > 1;
    removePrefix =
      prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (stringLength text) text else text;
    removeSuffix =
      suffix: text: if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
    escapeRegex = replaceStrings (characters "\\[{()^$?*+|.") (map (one: "\\" + one) (characters "\\[{()^$?*+|."));
    characters = text: genList (index: substring index 1 text) (stringLength text);
    stringToCharacters = characters;
    splitString = separator: text: filter isString (split (escapeRegex separator) text);
    toLower = replaceStrings (characters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (characters "abcdefghijklmnopqrstuvwxyz");
    toUpper = replaceStrings (characters "abcdefghijklmnopqrstuvwxyz") (characters "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    trim = text: let parts = match "[ \t\r\n]*(.*[^ \t\r\n])[ \t\r\n]*" text; in if parts == null then "" else head parts;
    nameFromURL = url: separator: head (splitString separator (lists.last (splitString "/" url)));
    versionOlder = first: second: builtins.compareVersions second first == 1;
    versionAtLeast = first: second: !(versionOlder first second);
    fileContents = path: removeSuffix "\n" (readFile path);
  };

  versions = rec {
    splitVersion = builtins.splitVersion;
    major = version: elemAt (splitVersion version) 0;
    minor = version: elemAt (splitVersion version) 1;
    majorMinor = version: concatStringsSep "." (lists.take 2 (splitVersion version));
  };

  modules = import ./modules.nix { inherit attrsets lists; };

  lib =
    {
      inherit
        attrNames attrValues concatLists concatMap concatStringsSep elem elemAt filter foldl' functionArgs genList getAttr
        hasAttr head isAttrs isFunction isList isString length listToAttrs map mapAttrs match removeAttrs replaceStrings
        split stringLength substring tail toString intersectAttrs;
      inherit trivial lists attrsets strings versions;
      fetchers.normalizeHash = _: set: set;
      platforms = { linux = [ "x86_64-linux" "aarch64-linux" ]; unix = [ "x86_64-linux" "aarch64-linux" ]; };
      licenses = { mit = "mit"; asl20 = "asl20"; };
      systems.flakeExposed = [ "x86_64-linux" "aarch64-linux" ];
      maintainers = { };
      any = builtins.any;
      all = builtins.all;
    }
    // trivial
    // lists
    // attrsets
    // strings
    // modules;
in
lib
