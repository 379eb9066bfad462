# The module system, as far as the fixtures' modules need it: options with defaults, conditions, merging, imports.
{ attrsets, lists }:
let
  inherit (builtins)
    attrNames concatMap concatLists filter foldl' functionArgs head intersectAttrs isAttrs isFunction isList mapAttrs
    removeAttrs;

  typeOf = value: if isAttrs value then value._type or null else null;

  # The definitions that a value stands for, each with its conditions and priority, without asking the conditions.
  definitionsOf =
    value:
    if typeOf value == "if" then
      map (one: one // { holds = value.condition && one.holds; }) (definitionsOf value.content)
    else if typeOf value == "merge" then
      concatMap definitionsOf value.contents
    else if typeOf value == "override" then
      map (one: one // { inherit (value) priority; }) (definitionsOf value.content)
    else
      [ { holds = true; priority = 100; inherit value; } ];

  isNested = value: isAttrs value && !(value ? _type) && value.type or null != "derivation";

  merge =
    definitions:
    if builtins.all (one: isNested one.value) definitions then
      attrsets.genAttrs (lists.unique (concatMap (one: attrNames one.value) definitions)) (
        name:
        merge (
          concatMap (
            one:
            if one.value ? ${name} then
              map (inner: inner // { holds = one.holds && inner.holds; }) (definitionsOf one.value.${name})
            else
              [ ]
          ) definitions
        )
      )
    else
      let
        holding = filter (one: one.holds) definitions;
        best = foldl' (least: one: if one.priority < least then one.priority else least) 9999 holding;
        chosen = map (one: one.value) (filter (one: one.priority == best) holding);
      in
      if chosen == [ ] then
        null
      else if builtins.all isList chosen then
        concatLists chosen
      else
        lists.last chosen;

  defaultsOf =
    options:
    mapAttrs (
      _: option:
      if typeOf option == "option" then mkOptionDefault (option.default or null) else defaultsOf option
    ) options;

  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkOptionDefault = mkOverride 1500;

  # A module and those that it imports, each as { options; config; }.
  modulesOf =
    arguments: module:
    let
      given = if builtins.isPath module || builtins.isString module then import module else module;
      value =
        if !isFunction given then
          given
        else
          given (if functionArgs given == { } then arguments else intersectAttrs (functionArgs given) arguments);
      plain = removeAttrs value [ "imports" "_file" "key" "disabledModules" "meta" ];
      parts = if value ? config || value ? options then { options = value.options or { }; config = value.config or { }; } else { options = { }; config = plain; };
    in
    concatMap (modulesOf arguments) (value.imports or [ ]) ++ [ parts ];
in
rec {
  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  inherit mkOverride mkOptionDefault;
  mkOption = option: option // { _type = "option"; };
  mkEnableOption = description: mkOption { default = false; inherit description; };
  mkPackageOption = _: name: _: mkOption { default = name; };
  types =
    let
      simple = { _type = "option-type"; };
    in
    {
      str = simple;
      bool = simple;
      int = simple;
      path = simple;
      package = simple;
      attrs = simple;
      anything = simple;
      raw = simple;
      attrsOf = _: simple;
      listOf = _: simple;
      nullOr = _: simple;
      enum = _: simple;
      submodule = _: simple;
      oneOf = _: simple;
    };
  literalExpression = text: text;

  # arguments: what modules are given besides `config` and `options`
  evalModules =
    { modules, specialArgs ? { } }:
    let
      all = concatMap (modulesOf (specialArgs // { inherit config options; })) modules;
      options = foldl' attrsets.recursiveUpdate { } (map (one: one.options) all);
      config = merge (concatMap definitionsOf ([ (defaultsOf options) ] ++ map (one: one.config) all));
    in
    { inherit config options; };
}
