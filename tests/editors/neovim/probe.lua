-- Drives Neovim as a person would and writes what was seen as JSON to $PROBE_OUT.
local seen = {}
local SAVES = tonumber(vim.env.PROBE_SAVES)

local function wait(what, condition)
  local ok, value = vim.wait(30000, condition, 50)
  if not ok then
    error('timed out waiting for ' .. what)
  end
  return value
end

local function diagnostics(source)
  return vim.tbl_filter(function(one)
    return one.source == source
  end, vim.diagnostic.get(0))
end

local function ours()
  return diagnostics('golsp-mem')
end

local function codes()
  return vim.tbl_map(function(one)
    return one.code
  end, ours())
end

local function float_text()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      local buffer = vim.api.nvim_win_get_buf(window)
      return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n'), window
    end
  end
end

local function go_to(pattern)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  assert(vim.fn.search(pattern, 'c') > 0, pattern .. ' is not in the buffer')
end

local function close_float()
  local _, window = float_text()
  if window then
    vim.api.nvim_win_close(window, true)
  end
end

local function hints(client)
  local labels = {}
  for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do
    if hint.client_id == client.id then
      local label = hint.inlay_hint.label
      table.insert(labels, type(label) == 'string' and label or label[1].value)
    end
  end
  return labels
end

local function health()
  vim.cmd('checkhealth golsp_mem')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.cmd('bwipeout')
  return text
end

-- Collects what is said to the person; gives back what to restore.
local function listen(told)
  local notify = vim.notify
  vim.notify = function(text)
    -- Neovim itself tells of the client that was ended.
    if vim.startswith(text, 'golsp-mem') or text:find('LSP[', 1, true) then
      table.insert(told, text)
    end
  end
  return notify
end

-- What is told of a file that cannot be looked at, and again after a save of it.
local function state(name, settings)
  local told = {}
  local notify = listen(told)
  vim.lsp.config('golsp_mem', { settings = { ['golsp-mem'] = settings } })
  vim.lsp.stop_client(vim.lsp.get_clients({ name = 'golsp_mem' }), true)
  wait('the client to end', function()
    return #vim.lsp.get_clients({ name = 'golsp_mem' }) == 0
  end)
  vim.cmd.edit(vim.env.PROBE_STATES .. '/' .. name .. '/a.go')
  local function failed()
    return (vim.b.golsp_mem or {}).state == 'failed'
  end
  wait('the failed ' .. name, failed)
  vim.b.golsp_mem = nil
  vim.cmd('silent write')
  wait('the failed save of ' .. name, failed)
  local seen_state = { told = told, status = require('golsp_mem').status() }
  vim.notify = notify
  return seen_state
end

-- As a person does: type, wait, write, wait. Gives how many of the writes brought their finding.
local function saves()
  local came = 0
  for number = 1, SAVES do
    local last = vim.api.nvim_buf_line_count(0)
    vim.cmd.normal({ ('Gofunc Save%d() *Order { return &Order{} }'):format(number), bang = true })
    -- Longer than the client waits before it sends what was typed.
    vim.wait(300)
    vim.cmd.write()
    local ok = vim.wait(10000, function()
      return vim.iter(ours()):any(function(one)
        return one.lnum == last
      end)
    end, 20)
    if not ok then
      break
    end
    came = number
  end
  return came
end

-- A code is turned off by the action of a finding, and on again by a command.
local function off_and_on()
  local function literals()
    return vim.tbl_contains(codes(), 'heap-literal')
  end
  local file = vim.fs.dirname(vim.env.PROBE_FILE) .. '/golsp-mem.toml'
  go_to('&Order')
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title == 'Turn heap-literal off in this workspace'
    end,
  })
  wait('the code to go', function()
    return not literals()
  end)
  local written = table.concat(vim.fn.readfile(file), '\n')
  vim.cmd('GolspMem on heap-literal')
  wait('the code to come back', literals)
  return written, vim.fn.filereadable(file)
end

-- Lines with a sign: none, then those that allocate in each round, then none again.
local function gutter()
  local function marked()
    local lines = {}
    local namespace = vim.api.nvim_get_namespaces().golsp_mem_gutter
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, {})) do
      table.insert(lines, vim.api.nvim_buf_get_lines(0, mark[2], mark[2] + 1, false)[1])
    end
    return lines
  end
  local book = vim.api.nvim_get_current_buf()
  vim.cmd.edit(vim.fs.dirname(vim.env.PROBE_FILE) .. '/rounds.go')
  wait('diagnostics of the loop', function()
    return #ours() > 0
  end)
  local before = #marked()
  vim.cmd('GolspMem gutter')
  wait('the signs', function()
    return #marked() > 0
  end)
  local lines = marked()
  vim.cmd('GolspMem gutter')
  local after = #marked()
  vim.api.nvim_set_current_buf(book)
  return { before = before, lines = lines, after = after }
end

-- From nothing to a hover on a finding; the client.
local function first_look()
  vim.opt.runtimepath:append(vim.env.PROBE_PLUGIN)
  vim.cmd('runtime! plugin/golsp_mem.lua')
  vim.lsp.config('golsp_mem', {
    cmd = { vim.env.PROBE_SERVER, 'serve' },
    settings = { ['golsp-mem'] = { inlayHints = true } },
  })
  vim.lsp.enable('golsp_mem')
  if vim.env.PROBE_GOPLS then
    vim.lsp.config('gopls', {
      cmd = { vim.env.PROBE_GOPLS },
      filetypes = { 'go' },
      root_markers = { 'go.mod' },
    })
    vim.lsp.enable('gopls')
  end
  vim.cmd.edit(vim.env.PROBE_FILE)
  wait('the client', function()
    return #vim.lsp.get_clients({ bufnr = 0, name = 'golsp_mem' }) == 1
  end)
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'golsp_mem' })[1]
  seen.encoding = client.offset_encoding
  wait('diagnostics', function()
    return #ours() > 0
  end)
  seen.codes = codes()
  if vim.env.PROBE_GOPLS then
    wait('gopls', function()
      return #vim.lsp.get_clients({ bufnr = 0 }) == 2
    end)
    seen.clients = #vim.lsp.get_clients({ bufnr = 0 })
  end

  go_to('&Order')
  vim.lsp.buf.hover()
  wait('the hover', float_text)
  wait('our hover', function()
    return (float_text() or ''):find('heap') ~= nil
  end)
  seen.hover = float_text()
  close_float()
  return client
end

-- Pages, lists, commands, hints, an edit that removes a finding.
local function look_around(client)
  vim.cmd('LspGolspMemExplain heap-literal')
  wait('the explanation', float_text)
  seen.explanation = float_text()
  vim.api.nvim_feedkeys('q', 'xt', false)
  seen.float_after_q = float_text() ~= nil

  -- The page of the place under the cursor, not of a topic.
  go_to('&Order')
  vim.cmd('LspGolspMemExplain')
  wait('the explanation of the place', float_text)
  seen.place = float_text()
  close_float()

  -- A lens is run as a person runs it: its page opens.
  vim.lsp.codelens.refresh({ bufnr = 0 })
  local lens
  wait('lenses', function()
    for _, one in ipairs(vim.lsp.codelens.get(0)) do
      if one.command and one.command.title:find('alloc') then
        lens = one
      end
    end
    return lens
  end)
  seen.lens = lens.command.title
  vim.api.nvim_win_set_cursor(0, { lens.range.start.line + 1, 0 })
  vim.lsp.codelens.run()
  wait('the page of the lens', float_text)
  seen.lens_page = float_text()
  close_float()

  go_to('&Order')
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:find('Explain heap%-literal') ~= nil
    end,
  })
  wait('the page of the action', float_text)
  seen.action_page = float_text()
  close_float()

  vim.cmd('GolspMem findings')
  wait('the quickfix list', function()
    return vim.fn.getqflist({ title = 0 }).title == 'golsp-mem'
  end)
  seen.quickfix = vim.tbl_map(function(one)
    return { one.lnum, one.col, one.text, vim.fn.bufname(one.bufnr) }
  end, vim.fn.getqflist())
  vim.cmd('cclose')
  vim.cmd('GolspMem causes')
  wait('the causes', function()
    return vim.fn.getqflist({ title = 0 }).title == 'golsp-mem causes'
  end)
  seen.causes = vim.tbl_map(function(one)
    return { one.valid, one.text }
  end, vim.fn.getqflist())
  vim.cmd('cclose')
  seen.off, seen.on = off_and_on()
  seen.gutter = gutter()
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.cmd('GolspMem next')
  seen.jumped = vim.api.nvim_win_get_cursor(0)[1]
  seen.choices = require('golsp_mem').complete('', 'GolspMem ')
  seen.status = require('golsp_mem').status()
  vim.cmd('help golsp_mem')
  seen.help = vim.bo.filetype
  vim.cmd('bwipeout')

  local opened
  local open = vim.ui.open
  vim.ui.open = function(path)
    opened = path
  end
  vim.cmd('GolspMem html')
  wait('the page', function()
    return opened ~= nil
  end)
  vim.ui.open = open
  seen.page = table.concat(vim.fn.readfile(opened), '\n')

  vim.lsp.inlay_hint.enable(true, { bufnr = 0 })
  wait('inlay hints', function()
    return #hints(client) > 0
  end)
  seen.hints = hints(client)

  local said
  local notify = vim.notify
  vim.notify = function(text)
    said = text
  end
  vim.cmd('LspGolspMemWorkspace')
  wait('the workspace', function()
    return said ~= nil
  end)
  vim.notify = notify
  seen.workspace = said

  vim.cmd('LspGolspMemToggle')
  local shown = { bufnr = 0, ns_id = vim.lsp.diagnostic.get_namespace(client.id, false) }
  seen.hidden = not vim.diagnostic.is_enabled(shown)
  vim.cmd('LspGolspMemToggle')
  seen.shown_again = vim.diagnostic.is_enabled(shown)

  -- Settings that are changed while it runs, and taken back; an empty Lua table is a list in JSON.
  local before, all = client.settings, #ours()
  local function change(settings, count)
    client.settings = settings
    client:notify('workspace/didChangeConfiguration', { settings = settings })
    wait(count .. ' findings with other settings', function()
      return #ours() == count
    end)
  end
  change({ ['golsp-mem'] = { select = { 'heap-literal' } } }, 1)
  change({ ['golsp-mem'] = {} }, all)
  seen.settings = all
  client.settings = before
  client:notify('workspace/didChangeConfiguration', { settings = before })

  -- A finding that the edit removes goes with the next save.
  go_to('order := &Order')
  local line = vim.api.nvim_win_get_cursor(0)[1]
  local function here()
    return vim.tbl_filter(function(one)
      return one.lnum == line - 1
    end, ours())
  end
  seen.before = #here()
  vim.api.nvim_set_current_line('\torder := b.orders[0]')
  vim.api.nvim_buf_set_lines(0, line, line, false, { '\t_, _ = id, price' })
  vim.cmd.write()
  wait('the finding to go', function()
    return #here() == 0
  end)
  seen.after = #here()
end

-- A warning, its edit, saved, gone.
local function mend()
  -- The resource that its owner does not outlive.
  vim.cmd.edit(vim.env.PROBE_RAW)
  wait('the warning', function()
    return vim.tbl_contains(codes(), 'keepalive-missing')
  end)
  local warning = vim.tbl_filter(function(one)
    return one.code == 'keepalive-missing'
  end, ours())[1]
  -- Anywhere on the line: Neovim sends the diagnostics of all of it.
  vim.api.nvim_win_set_cursor(0, { warning.lnum + 1, 0 })
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:find('alive until after this call') ~= nil
    end,
  })
  wait('the edit', function()
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    return text:find('runtime.KeepAlive') ~= nil
  end)
  vim.cmd.write()
  wait('the warning to go', function()
    return not vim.tbl_contains(codes(), 'keepalive-missing')
  end)
  seen.fixed = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
end

-- Health, buffers without the server, files that cannot be looked at, no server.
local function what_is_not_there()
  seen.health = health()
  -- Commands belong to buffers with the server: go.mod has them, a text file has not.
  vim.cmd.edit(vim.fs.dirname(vim.env.PROBE_FILE) .. '/go.mod')
  wait('the client in go.mod', function()
    return vim.fn.exists(':LspGolspMemWorkspace') == 2
  end)
  vim.cmd.enew()
  seen.commands_elsewhere = vim.fn.exists(':LspGolspMemWorkspace') == 2

  seen.states = {
    outside = state('outside', {}),
    broken = state('broken', {}),
    no_go = state('no_go', { goPath = '/nowhere/go' }),
  }
  -- A program that is there and does not run.
  seen.states.ends = { told = {}, status = '' }
  local before = listen(seen.states.ends.told)
  vim.lsp.stop_client(vim.lsp.get_clients({ name = 'golsp_mem' }), true)
  wait('the client to end', function()
    return #vim.lsp.get_clients({ name = 'golsp_mem' }) == 0
  end)
  vim.lsp.config('golsp_mem', { cmd = { 'false' } })
  vim.cmd.edit(vim.env.PROBE_STATES .. '/ends/a.go')
  wait('what is said of its end', function()
    return #seen.states.ends.told > 0
  end)
  vim.notify = before
  -- Last: no client starts after this.
  vim.lsp.config('golsp_mem', { cmd = { '/nowhere/golsp-mem', 'serve' } })
  seen.states.missing = { told = {}, status = '' }
  local said = listen(seen.states.missing.told)
  vim.cmd.edit(vim.env.PROBE_STATES .. '/missing/a.go')
  wait('what is said of the program', function()
    return #seen.states.missing.told > 0
  end)
  vim.cmd.edit(vim.env.PROBE_STATES .. '/missing/b.go')
  vim.wait(200)
  vim.notify = said
  seen.health_without = health()
end

local function probe()
  local client = first_look()
  -- Beside gopls: what two servers could disturb of each other.
  if not vim.env.PROBE_GOPLS then
    look_around(client)
  end
  seen.saves = saves()
  mend()
  if not vim.env.PROBE_GOPLS then
    what_is_not_there()
  end
end

local ok, problem = xpcall(probe, debug.traceback)
seen.error = not ok and problem or nil
local file = assert(io.open(vim.env.PROBE_OUT, 'w'))
file:write(vim.json.encode(seen))
file:close()
vim.cmd('qall!')
