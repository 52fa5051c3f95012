local M = {}

--- Shows Markdown in a floating window; q closes it.
---@param title string
---@param markdown string
---@return integer buffer, integer window
function M.float(title, markdown)
  local lines = vim.split(markdown, '\n', { plain = true })
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].filetype = 'markdown'
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].bufhidden = 'wipe'
  local width = math.max(20, math.min(90, vim.o.columns - 4))
  local height = math.max(3, math.min(#lines, math.floor(vim.o.lines * 0.7)))
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = 'editor',
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 1),
    col = math.max(0, math.floor((vim.o.columns - width) / 2)),
    style = 'minimal',
    border = 'rounded',
    title = ' ' .. title .. ' ',
  })
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = true
  vim.keymap.set('n', 'q', '<cmd>close<cr>', { buffer = buffer, nowait = true })
  return buffer, window
end

local function show(err, result)
  if err then
    vim.notify('golsp-mem: ' .. (err.message or tostring(err)), vim.log.levels.ERROR)
  elseif result and result ~= vim.NIL then
    M.float(result.topic, result.markdown)
  end
end

local function run(client, buffer, command, arguments, handler)
  client:request('workspace/executeCommand', {
    command = command,
    arguments = arguments,
  }, handler, buffer)
end

--- Explains a topic, a code, or the place under the cursor.
function M.explain(client, buffer, subject)
  local arguments
  if subject and subject ~= '' then
    arguments = { subject }
  else
    local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
    arguments = { { uri = place.textDocument.uri, position = place.position } }
  end
  run(client, buffer, 'golsp-mem.explain', arguments, show)
end

local function counted(number, noun)
  return ('%d %s%s'):format(number, noun, number == 1 and '' or 's')
end

--- Analyses every package of every folder and says what came of it.
function M.workspace(client, buffer)
  run(client, buffer, 'golsp-mem.analyseWorkspace', {}, function(err, result)
    if err then
      return show(err)
    end
    if result.cancelled then
      vim.notify('golsp-mem: cancelled')
    else
      local findings = counted(result.findings, 'finding')
      vim.notify(('golsp-mem: %s in %s'):format(findings, counted(result.packages, 'package')))
    end
  end)
end

--- Hides or shows golsp-mem's diagnostics in a buffer; other servers' stay as they are.
function M.toggle(client, buffer)
  -- The server pushes or lets the client pull, each in a namespace of its own: one state for both.
  local filters = vim.tbl_map(function(pull)
    return { bufnr = buffer, ns_id = vim.lsp.diagnostic.get_namespace(client.id, pull) }
  end, { false, true })
  local shown = not vim.diagnostic.is_enabled(filters[1])
  for _, filter in ipairs(filters) do
    vim.diagnostic.enable(shown, filter)
  end
  vim.notify('golsp-mem: findings ' .. (shown and 'shown' or 'hidden'))
end

--- Creates the buffer's commands.
function M.attach(buffer, client)
  local function command(name, action, options)
    vim.api.nvim_buf_create_user_command(buffer, name, action, options)
  end
  command('LspGolspMemExplain', function(arguments)
    M.explain(client, buffer, arguments.args)
  end, { nargs = '?', desc = 'Explain the memory of the place, a code or a topic' })
  command('LspGolspMemWorkspace', function()
    M.workspace(client, buffer)
  end, { desc = 'Analyse all packages of the workspace' })
  command('LspGolspMemToggle', function()
    M.toggle(client, buffer)
  end, { desc = "Hide or show golsp-mem's findings in this buffer" })
end

return M
