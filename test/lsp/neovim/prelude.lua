-- What the scenarios of neovim.test.ts are written with. Everything waits on conditions; one that never comes ends Neovim
-- with exit code 1.

local patience = 30000

function wait_until(what, condition)
  if not vim.wait(patience, condition, 20) then
    fail(what .. " never came")
  end
end

function fail(why)
  io.stderr:write(why .. "\n")
  vim.cmd("cquit 1")
end

-- Those that Neovim shows.
function lens_titles()
  local titles = {}
  for _, lens in ipairs(vim.lsp.codelens.get(0)) do
    table.insert(titles, lens.command and lens.command.title or "")
  end
  return titles
end

-- Neovim 0.7 is never told that lenses changed: resting the cursor makes it ask again.
function wait_for_lens(pattern)
  wait_until("a lens", function() return #lens_titles() > 0 end)
  wait_until("a lens with " .. pattern, function()
    vim.cmd("doautocmd CursorHold")
    return (lens_titles()[1] or ""):find(pattern) ~= nil
  end)
end

function diagnostics()
  return vim.tbl_map(function(one) return one.message end, vim.diagnostic.get(0))
end

function go_to(text)
  vim.fn.cursor(1, 1)
  if vim.fn.search("\\V" .. text, "cW") == 0 then
    fail("no " .. text .. " in the buffer")
  end
end

-- Chooses a code action by its title, as the user would in the list.
function choose_action(title)
  local offered = {}
  local original = vim.ui.select
  vim.ui.select = function(items, options, on_choice)
    vim.ui.select = original
    for _, item in ipairs(items) do
      local shown = options.format_item(item)
      table.insert(offered, shown)
      if shown == title then
        return on_choice(item)
      end
    end
    fail(title .. " is not among " .. vim.inspect(offered))
  end
  vim.lsp.buf.code_action()
end

function buffer_text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n")
end

function wait_for_change(from)
  wait_until("a change of the buffer", function() return buffer_text() ~= from end)
end

function run(scenario)
  local ok, problem = pcall(scenario)
  if not ok then
    fail(tostring(problem))
  end
  vim.cmd("qall!")
end
