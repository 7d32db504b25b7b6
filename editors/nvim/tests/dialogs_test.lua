local kit = require("kit")

local T = {}

local WISH = "opencode wants to edit a.py (session “x”)"
local MORE = "opencode wants to run make (session “x”)"

local function permission(client, id, text)
  kit.send(client, "window/showMessageRequest", {
    type = 2,
    message = text or WISH,
    actions = kit.buttons("Show details", "Allow once", "Always allow edit: *", "Reject"),
  }, id)
end

--- A list that stays open until the test chooses.
local function hold_select()
  local open = {}
  vim.ui.select = function(items, options, on_choice)
    table.insert(open, { items = items, options = options, choose = on_choice })
  end
  return open
end

local function wait_for_response(client, id)
  return kit.wait(function()
    return kit.response(client, id)
  end, "the response")
end

T["a permission is a message, and is dismissed at once"] = function()
  local open = hold_select()
  local client = kit.open()
  permission(client, 900)
  kit.eq("null", wait_for_response(client, 900).result)
  assert(kit.heard(WISH) and kit.heard(":Opencode permissions"), vim.inspect(kit.said))
  kit.eq({}, open)
  kit.eq("opencode: 1 permission", require("opencode_lsp").status())
end

T["a recalled permission is a list, and the response waits for the choice"] = function()
  local open = hold_select()
  local client = kit.open()
  permission(client, 900)
  wait_for_response(client, 900)
  vim.cmd("Opencode permissions")
  kit.wait(function()
    return #kit.executed(client, "opencode.permissions") == 1
  end, "the recall")
  permission(client, 901)
  local list = kit.wait(function()
    return open[1]
  end, "the list")
  assert(list.options.prompt:find(WISH, 1, true))
  kit.eq("Allow once", list.options.format_item(list.items[2]))
  -- The client goes on working meanwhile, and the response is not there.
  kit.settle()
  kit.eq(nil, kit.response(client, 901))
  list.choose(list.items[2])
  kit.eq({ title = "Allow once" }, wait_for_response(client, 901).result)
  kit.eq("opencode", require("opencode_lsp").status())
end

T["a recalled permission is known by another title of its session"] = function()
  local open = hold_select()
  local client = kit.open()
  permission(client, 900, "opencode wants to edit a (b).py (session ses_1)")
  wait_for_response(client, 900)
  vim.cmd("Opencode permissions")
  permission(client, 901, "opencode wants to edit a (b).py (session “New (2)”)")
  kit.wait(function()
    return open[1]
  end, "the list")
end

T["nothing is pending when the server says so"] = function()
  local client = kit.open()
  permission(client, 900)
  wait_for_response(client, 900)
  kit.send(client, "window/showMessage", { type = 3, message = "opencode waits for no permission" })
  kit.wait(function()
    return require("opencode_lsp").status() == "opencode"
  end, "the status")
end

T["the next of the recalled ones is a list, a new one is a message"] = function()
  local open = hold_select()
  local client = kit.open()
  permission(client, 900)
  permission(client, 901, MORE)
  wait_for_response(client, 901)
  vim.cmd("Opencode permissions")
  permission(client, 902)
  kit.wait(function()
    return open[1]
  end, "the first list").choose(nil)
  kit.eq("null", wait_for_response(client, 902).result)
  permission(client, 903, "opencode wants to run rm (session “x”)")
  kit.eq("null", wait_for_response(client, 903).result)
  permission(client, 904, MORE)
  kit.wait(function()
    return open[2]
  end, "the second list")
  kit.eq(2, #open)
end

T["after the details it asks again"] = function()
  local open = hold_select()
  local client = kit.open()
  permission(client, 900)
  vim.cmd("Opencode permissions")
  permission(client, 901)
  local list = kit.wait(function()
    return open[1]
  end, "the list")
  list.choose(list.items[1])
  wait_for_response(client, 901)
  permission(client, 902)
  kit.wait(function()
    return open[2]
  end, "the list again")
end

T["`select` asks at once"] = function()
  local open = hold_select()
  local client = kit.open(nil, { ui = { permissions = "select" } })
  permission(client, 900)
  local list = kit.wait(function()
    return open[1]
  end, "the list")
  kit.eq({}, kit.said)
  list.choose(list.items[4])
  kit.eq({ title = "Reject" }, wait_for_response(client, 900).result)
end

T["an answer is a message"] = function()
  local open = hold_select()
  local client = kit.open()
  kit.send(client, "window/showMessageRequest", { type = 3, message = "opencode: done", actions = kit.buttons("Show") }, 900)
  kit.eq("null", wait_for_response(client, 900).result)
  assert(kit.heard("opencode: done"))
  kit.eq({}, open)
end

T["which server: a message, but a list after the command"] = function()
  local open = hold_select()
  local client = kit.open()
  local which = {
    type = 3,
    message = "Which opencode server is to be used for x?",
    actions = kit.buttons("http://127.0.0.1:1 (opencode 1)", "Start one"),
  }
  kit.send(client, "window/showMessageRequest", which, 900)
  kit.eq("null", wait_for_response(client, 900).result)
  assert(kit.heard(":Opencode server select"))
  vim.cmd("Opencode server select")
  kit.send(client, "window/showMessageRequest", which, 901)
  local list = kit.wait(function()
    return open[1]
  end, "the list")
  list.choose(list.items[1])
  kit.eq("http://127.0.0.1:1 (opencode 1)", wait_for_response(client, 901).result.title)
end

T["a question before an undo is a list"] = function()
  local open = hold_select()
  local client = kit.open()
  kit.send(client, "window/showMessageRequest", {
    type = 2,
    message = "Undo all?\na.py",
    actions = kit.buttons("Show", "Undo all"),
  }, 900)
  local list = kit.wait(function()
    return open[1]
  end, "the list")
  assert(not list.options.prompt:find("\n"))
  list.choose(list.items[2])
  kit.eq({ title = "Undo all" }, wait_for_response(client, 900).result)
end

T["a picker that calls back at once works"] = function()
  vim.ui.select = function(items, _, on_choice)
    on_choice(items[2])
  end
  local client = kit.open(nil, { ui = { permissions = "select" } })
  permission(client, 900)
  kit.eq({ title = "Allow once" }, wait_for_response(client, 900).result)
end

T["a message without buttons is a message"] = function()
  local client = kit.open()
  kit.send(client, "window/showMessageRequest", { type = 1, message = "no" }, 900)
  kit.eq("null", wait_for_response(client, 900).result)
  kit.eq({ { text = "no", level = vim.log.levels.ERROR } }, kit.said)
end

T["input is asked and sent when it is there"] = function()
  local asked
  vim.ui.input = function(options, on_confirm)
    asked = { options = options, confirm = on_confirm }
  end
  local client = kit.open()
  kit.send(client, "opencode/input", { title = "Ask opencode:", placeholder = "a question", value = "Why" }, 900)
  kit.wait(function()
    return asked
  end, "the box")
  kit.eq({ prompt = "Ask opencode (a question): ", default = "Why" }, asked.options)
  kit.settle()
  kit.eq(nil, kit.response(client, 900))
  asked.confirm("Why not?")
  kit.eq("Why not?", wait_for_response(client, 900).result)
  asked = nil
  kit.send(client, "opencode/input", { title = "Ask" }, 901)
  kit.wait(function()
    return asked
  end, "the box").confirm(nil)
  kit.eq("null", wait_for_response(client, 901).result)
end

T["a menu is shown and what is chosen is sent by its place"] = function()
  local asked
  vim.ui.select = function(items, options, on_choice)
    asked = { items = items, options = options, choose = on_choice }
  end
  local client = kit.open()
  local items = { { label = "Parser", detail = "2 h ago" }, { label = "Lexer" } }
  kit.send(client, "opencode/choose", { title = "Which\nsession?", items = items }, 900)
  kit.wait(function()
    return asked
  end, "the menu")
  kit.eq("Which session?", asked.options.prompt)
  kit.eq("Parser (2 h ago)", asked.options.format_item(asked.items[1]))
  kit.settle()
  kit.eq(nil, kit.response(client, 900))
  asked.choose(asked.items[2], 2)
  kit.eq(1, wait_for_response(client, 900).result)
  asked = nil
  kit.send(client, "opencode/choose", { title = "Which?", items = items }, 901)
  kit.wait(function()
    return asked
  end, "the menu").choose(nil, nil)
  kit.eq("null", wait_for_response(client, 901).result)
end

T["a box that fails is an error, and nothing else"] = function()
  vim.ui.input = function()
    error("broken")
  end
  local client = kit.open()
  kit.send(client, "opencode/input", { title = "Ask" }, 900)
  assert(wait_for_response(client, 900).error)
end

T["pending is what the server says"] = function()
  local client = kit.open()
  permission(client, 900)
  wait_for_response(client, 900)
  local status = { folders = {}, pending = 0, files = 0, hunks = 0 }
  kit.send(client, "opencode/status", status)
  kit.wait(function()
    return require("opencode_lsp").status() == "opencode"
  end, "the status")
  kit.eq(0, require("opencode_lsp.dialogs").pending(client.id))
end

T["Neovim's own notify gets one line that fits"] = function()
  local say = require("opencode_lsp.say")
  kit.eq("a b", say.fitted("a\n  b", 10))
  kit.eq("abcd…", say.fitted("abcdefgh", 5))
  kit.eq("ああ…", say.fitted("あああああ", 6))
end

return T
